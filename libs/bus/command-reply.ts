import { maxCommandBytes } from '#contracts/commands.js';
import { BusUnavailableError } from '#contracts/ports/bus.port.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { failureStatus, type Status } from '#contracts/status.js';
import { type CommandKind, type CommandVerb, commandKinds, commandVerbs } from '#contracts/subjects.js';

/** True for errors that are nobody's fault and pass: the log or the bus is away. */
export const isUnavailable = (error: unknown): error is Error =>
  error instanceof LogUnavailableError || error instanceof BusUnavailableError;

/** Kind and verb of a subject `podbus.v1.<channel>.<kind>.<verb>`, or the `Status` that says what is wrong with it. */
export function route(
  subject: string,
  body: Uint8Array,
): { kind: CommandKind; verb: CommandVerb } | { refusal: Status } {
  const [, , , kind = '', verb = '', ...more] = subject.split('.');
  if (!commandKinds.includes(kind as CommandKind))
    return {
      refusal: failureStatus(
        'NotFound',
        `podbus knows no kind "${kind}"; it knows ${commandKinds.join(', ')}`,
        { kind },
      ),
    };
  if (!commandVerbs.includes(verb as CommandVerb) || more.length > 0)
    return {
      refusal: failureStatus(
        'MethodNotAllowed',
        `podbus knows no verb "${[verb, ...more].join('.')}" for ${kind}; it knows ${commandVerbs.join(', ')}`,
        { kind },
      ),
    };
  if (body.length > maxCommandBytes)
    return {
      refusal: failureStatus(
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${maxCommandBytes}`,
      ),
    };
  return { kind: kind as CommandKind, verb: verb as CommandVerb };
}

/** What a requester hears when the handler threw. */
export const thrownStatus = (error: unknown, commandId: string): Status =>
  isUnavailable(error)
    ? failureStatus('ServiceUnavailable', `${error.message}; send it again with the same command id`)
    : failureStatus('InternalError', `command ${commandId} could not be handled; podbus's log says why`);
