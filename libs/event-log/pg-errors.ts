import { LogUnavailableError } from '#contracts/ports/event-log.port.js';

/** SQLSTATE classes and codes that say "this server can't serve now", as opposed to "this statement is wrong". */
const unavailable = /^(08|53|57P|58|25006|57014)/;
/** node-postgres's own errors carry no code. */
const lostConnection =
  /Connection terminated|Client has encountered a connection error|timeout|Client was closed|not queryable/i;
const socket = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)/;

/** The one place where Postgres's errors become the port's: everything that a repeat may cure is LogUnavailableError. */
export function asLogError(error: unknown): Error {
  if (error instanceof LogUnavailableError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const away = unavailable.test(code) || socket.test(code) || (code === '' && lostConnection.test(message));
  if (away)
    return new LogUnavailableError(`the event log is not available: ${message || code}`, { cause: error });
  return error instanceof Error ? error : new Error(message);
}

/** Runs `work` with its errors mapped. */
export async function mappingErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asLogError(error);
  }
}
