import { type ServiceError, status } from '@grpc/grpc-js';
import { RuntimeError, type RuntimeErrorCode } from '#contracts/ports/runtime.port.js';
import { grpcCodes, grpcMessage } from './grpc-message.js';

const codes: Record<number, RuntimeErrorCode> = {
  [status.NOT_FOUND]: 'NotFound',
  [status.ALREADY_EXISTS]: 'AlreadyExists',
  [status.UNAVAILABLE]: 'Unavailable',
  [status.DEADLINE_EXCEEDED]: 'DeadlineExceeded',
  [status.CANCELLED]: 'Cancelled',
};

/** containerd tells a taken sandbox or container name as `Unknown`. */
const nameIsTaken = /failed to reserve (sandbox|container) name .* is reserved for/s;

/** containerd's own number of an exec. Without it a hook that fails again fails in the same words, and is one Event. */
const execNumber = /(failed to start exec) "[0-9a-f]{64}"/;

/** The one place where gRPC's errors become podbus's. */
export function toRuntimeError(error: ServiceError): RuntimeError {
  const code =
    error.code === status.UNKNOWN && nameIsTaken.test(error.details) ? 'AlreadyExists' : codes[error.code];
  const details = error.details.replace(execNumber, '$1');
  return new RuntimeError(code ?? 'Failed', grpcMessage(grpcCodes[error.code] ?? 'Unknown', details));
}
