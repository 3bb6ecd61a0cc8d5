import { type DynamicModule, Module } from '@nestjs/common';
import type { Infrastructure } from '../infrastructure.js';
import { LeaderService } from '../leader.service.js';
import { NodeMonitorReactor } from './node-monitor.reactor.js';
import { SchedulerReactor } from './scheduler.reactor.js';

/** Kubernetes's node-monitor-grace-period. */
const nodeGraceMs = 40_000;

/** Binds pods and watches over nodes, led by one replica. */
@Module({})
export class SchedulerModule {
  static with({ leadership, log, feed, clock, heartbeat, logger }: Infrastructure): DynamicModule {
    const warn = (message: string, error: unknown) => logger.warn({ err: error }, message);
    const context = { log, feed, clock, warn };
    const lead = async (signal: AbortSignal) => {
      const monitor = new NodeMonitorReactor({ ...context, heartbeat, graceMs: nodeGraceMs });
      await Promise.all([new SchedulerReactor(context).run(signal), monitor.run(signal)]);
    };
    const provider = { provide: LeaderService, useValue: new LeaderService(leadership, 'scheduler', lead) };
    return { module: SchedulerModule, providers: [provider] };
  }
}
