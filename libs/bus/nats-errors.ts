import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BusUnavailableError } from '#contracts/ports/bus.port.js';

/** Errors that pass when the server or a responder comes back; everything else is a fault of ours. */
const passing = [
  errors.TimeoutError,
  errors.NoRespondersError,
  errors.RequestError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
  errors.DrainingConnectionError,
  JetStreamError,
];

/** True for a NATS error that a later attempt may not meet. */
export function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status >= 500;
  if (error instanceof Error && error.cause instanceof errors.PermissionViolationError) return false;
  // The client does not export this one's class: JetStream is not up yet, or off.
  if (error instanceof Error && error.name === 'JetStreamNotEnabled') return true;
  return passing.some((type) => error instanceof type);
}

/** The one place where NATS's errors become the contract's. `what` names what was tried. */
export function mapNatsError(error: unknown, what: string): Error {
  if (isPassing(error))
    return new BusUnavailableError(`${what}: ${(error as Error).message}`, { cause: error });
  return error instanceof Error ? error : new Error(`${what}: ${String(error)}`);
}
