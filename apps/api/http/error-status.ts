import { HttpException } from '@nestjs/common';
import { BusUnavailableError } from '#contracts/ports/bus.port.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { failureStatus, type Status, type StatusReason } from '#contracts/status.js';
import { StatusError } from './status-error.js';

const reasons: Record<number, StatusReason> = {
  400: 'BadRequest',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
};

/**
 * The `Status` of whatever was thrown; undefined for what nobody foresaw. Fastify's own refusals (body too large,
 * malformed address) and Nest's (unknown route) keep their code.
 */
export function statusOf(error: unknown): Status | undefined {
  if (error instanceof StatusError) return error.status;
  if (error instanceof LogUnavailableError || error instanceof BusUnavailableError)
    return failureStatus('ServiceUnavailable', error.message);
  const code = httpCodeOf(error);
  const reason = code === undefined ? undefined : reasons[code];
  if (!reason || !(error instanceof Error)) return undefined;
  if (reason === 'NotFound') return failureStatus(reason, 'the server could not find the requested resource');
  if (reason === 'RequestEntityTooLarge')
    return failureStatus(reason, 'Request entity too large: limit is 1048576');
  return failureStatus(reason, error.message);
}

function httpCodeOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const code = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof code === 'number' ? code : undefined;
}
