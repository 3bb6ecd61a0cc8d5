import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CommandHandler as HandlesCommands } from '#bus/command-handler.decorator.js';
import type { CommandMessage } from '#bus/command-message.js';
import { CommandHandler, type Reply } from './command.handler.js';

/** Where commands enter, from core NATS and from the durable queue alike. */
@Controller()
export class CommandController {
  constructor(private readonly handler: CommandHandler) {}

  @HandlesCommands()
  handle(@Payload() message: CommandMessage): Promise<Reply> {
    return this.handler.handle(message);
  }
}
