import { applyDecorators, Catch, type RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { commandPattern } from './command-message.js';

/** Lets the thrown error itself reach the transport; Nest's own filter would flatten it to a text. */
@Catch()
class PassErrorOn implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Marks the controller method that handles every command, from the core and the durable channel alike:
 * `@CommandHandler() handle(@Payload() message: CommandMessage): Promise<object>`.
 * It returns the reply (the object, or a `Status`: a refusal is an answer, not an exception). When it throws
 * LogUnavailableError or BusUnavailableError the core caller hears ServiceUnavailable and the queue tries again for as
 * long as it takes; any other error is InternalError to the core caller, and a dead letter after some deliveries.
 */
export const CommandHandler = (): MethodDecorator =>
  applyDecorators(MessagePattern(commandPattern), UseFilters(PassErrorOn));
