import 'reflect-metadata';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import { ConfigError, loadConfig, type PodbusConfig } from '#host/config.js';
import { NestLogger } from '#host/nest-logger.adapter.js';
import { type Infrastructure, openInfrastructure } from './infrastructure.js';

/**
 * Runs one service as a process of its own until SIGTERM or SIGINT. Prints `podbus <service> ready` when it works; a
 * configuration that can't be used ends it with code 2, any other failure with 1, and a message that names the cause.
 */
export async function serve(service: string, start: Start): Promise<void> {
  try {
    const config = loadConfig();
    const infrastructure = await openInfrastructure(config, { service });
    const logger = new NestLogger(infrastructure.logger);
    const app = await start(infrastructure, logger);
    process.stdout.write(`podbus ${service} ready\n`);
    await stopSignal();
    await app.close();
    await infrastructure.close();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`podbus ${service}: ${(error as Error).message}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

/** Makes a service run; what it resolves with is closed at the end, before the infrastructure. */
export type Start = (
  infrastructure: Infrastructure,
  logger: LoggerService,
) => Promise<{ close(): Promise<void> }>;

/** Runs a module that nobody calls from outside: it lives by what it reads from the log. */
export const inContext =
  (moduleOf: (infrastructure: Infrastructure) => DynamicModule): Start =>
  (infrastructure, logger) =>
    NestFactory.createApplicationContext(moduleOf(infrastructure), { logger, abortOnError: false });

/** The node's runtime, for services that need one. */
export function openRuntime(config: PodbusConfig): RuntimePort {
  if (!config.containerdAddress) {
    throw new Error(
      'PODBUS_CONTAINERD_ADDRESS is not set: a node service alone needs it (`podbus up` starts one)',
    );
  }
  return new CriRuntime(config.containerdAddress);
}

const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
