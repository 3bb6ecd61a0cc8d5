import { type DynamicModule, Module } from '@nestjs/common';
import type { Infrastructure } from '../infrastructure.js';
import { apiProviders } from './api.providers.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './health/metrics.controller.js';
import { DiscoveryController } from './kubernetes/discovery.controller.js';
import { ReadController } from './kubernetes/read.controller.js';
import { WriteController } from './kubernetes/write.controller.js';
import { LogController } from './logs/log.controller.js';
import { EventsController } from './podbus/events.controller.js';
import { HistoryController } from './podbus/history.controller.js';
import { NodeImagesController } from './podbus/node-images.controller.js';
import { ReplaysController } from './podbus/replays.controller.js';
import { RetryPullController } from './podbus/retry-pull.controller.js';
import { PrepullsController } from './prepulls/prepulls.controller.js';
import { PullsController } from './pulls/pulls.controller.js';

/**
 * The REST service with its projector and its relay. The application that hosts it is made with `createHttpAdapter()`
 * and `bodyParser: false`.
 */
@Module({})
export class ApiModule {
  static with(infrastructure: Infrastructure): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        LogController,
        ReadController,
        WriteController,
        DiscoveryController,
        EventsController,
        HistoryController,
        NodeImagesController,
        ReplaysController,
        PullsController,
        PrepullsController,
        RetryPullController,
        HealthController,
        MetricsController,
      ],
      providers: apiProviders(infrastructure),
    };
  }
}
