import { inContext, openRuntime, serve } from '../serve.js';
import { PullerModule } from './puller.module.js';

await serve(
  'puller',
  inContext((infrastructure) => PullerModule.with(infrastructure, openRuntime(infrastructure.config))),
);
