import { inContext, serve } from '../serve.js';
import { SchedulerModule } from './scheduler.module.js';

await serve('scheduler', inContext(SchedulerModule.with));
