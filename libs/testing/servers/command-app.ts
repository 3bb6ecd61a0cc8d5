import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type CustomTransportStrategy, Payload } from '@nestjs/microservices';
import { CommandHandler } from '#bus/command-handler.decorator.js';
import type { CommandMessage } from '#bus/command-message.js';

/** A Nest microservice of one controller that hands every command of this transport to `handle`; listening. */
export async function startCommandApp(
  strategy: CustomTransportStrategy,
  handle: (message: CommandMessage) => Promise<unknown>,
): Promise<INestMicroservice> {
  @Controller()
  class CommandController {
    @CommandHandler()
    onCommand(@Payload() message: CommandMessage): Promise<unknown> {
      return handle(message);
    }
  }

  @Module({ controllers: [CommandController] })
  class CommandModule {}

  const app = await NestFactory.createMicroservice(CommandModule, { strategy, logger: false });
  await app.listen();
  return app;
}
