import { type DynamicModule, Module } from '@nestjs/common';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import type { Infrastructure } from '../infrastructure.js';
import { LeaderService } from '../leader.service.js';
import { HookReactor } from './hook.reactor.js';

/** Runs the hooks of one node's pods, led by one replica a node. */
@Module({})
export class HookRunnerModule {
  static with(
    { config, leadership, log, feed, clock, logger }: Infrastructure,
    runtime: RuntimePort,
  ): DynamicModule {
    const node = config.nodeName;
    const warn = (message: string, error: unknown) => logger.warn({ err: error }, message);
    const lead = (signal: AbortSignal) =>
      new HookReactor({ node, log, feed, runtime, clock, warn }).run(signal);
    const provider = {
      provide: LeaderService,
      useValue: new LeaderService(leadership, `hook-runner/${node}`, lead),
    };
    return { module: HookRunnerModule, providers: [provider] };
  }
}
