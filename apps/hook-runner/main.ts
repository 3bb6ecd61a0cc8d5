import { inContext, openRuntime, serve } from '../serve.js';
import { HookRunnerModule } from './hook-runner.module.js';

await serve(
  'hook-runner',
  inContext((infrastructure) => HookRunnerModule.with(infrastructure, openRuntime(infrastructure.config))),
);
