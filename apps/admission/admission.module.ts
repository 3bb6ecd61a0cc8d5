import {
  type DynamicModule,
  type INestApplication,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { PodbusNatsServer } from '#bus/core.server.js';
import { JetStreamServer } from '#bus/jetstream.server.js';
import type { Infrastructure } from '../infrastructure.js';
import { CommandController } from './command.controller.js';
import { CommandHandler } from './command.handler.js';
import { KeyShredder } from './key-shredder.js';
import { seedNamespaces } from './namespace.tasks.js';
import { RegistryDigestResolver } from './registry/digest-resolver.adapter.js';

/** Before the first command, the namespaces are there. */
class NamespaceSeed implements OnModuleInit {
  constructor(private readonly infrastructure: Infrastructure) {}

  onModuleInit(): Promise<void> {
    return seedNamespaces(this.infrastructure.log, this.infrastructure.ids);
  }
}

/** Runs as long as the application does. */
class KeyShredding implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly shredder: KeyShredder) {}

  onApplicationBootstrap(): void {
    this.shredder.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.shredder.stop();
  }
}

/** Takes commands; any number of replicas, sharing the work. Its transports are `connectAdmission`'s. */
@Module({})
export class AdmissionModule {
  static with(infrastructure: Infrastructure): DynamicModule {
    const { log, feed, vault, checkpoints, clock, ids, config, logger } = infrastructure;
    const { admissionPlugins: plugins, defaultRegistry } = config;
    const digests = {
      resolver: new RegistryDigestResolver(),
      ...(defaultRegistry ? { defaultRegistry } : {}),
    };
    const handler = new CommandHandler({ log, clock, ids, vault, plugins, digests });
    const onError = (error: unknown) => logger.warn({ err: error }, 'keys are shredded later');
    const shredder = new KeyShredder({ feed, vault, checkpoints, clock, onError });
    return {
      module: AdmissionModule,
      controllers: [CommandController],
      providers: [
        { provide: CommandHandler, useValue: handler },
        { provide: KeyShredding, useValue: new KeyShredding(shredder) },
        { provide: NamespaceSeed, useValue: new NamespaceSeed(infrastructure) },
      ],
    };
  }
}

/** Connects the two ways in, core request/reply and the durable queue; they open with `startAllMicroservices`. */
export function connectAdmission(app: INestApplication, { nats, config }: Infrastructure): void {
  const replicas = config.natsReplicas;
  app.connectMicroservice({ strategy: new PodbusNatsServer(nats) }, { inheritAppConfig: true });
  app.connectMicroservice({ strategy: new JetStreamServer(nats, { replicas }) }, { inheritAppConfig: true });
}
