import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DestinationStream, destination, type Level, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** Names the service in every line. */
  service: string;
  level: Level | 'silent';
  /** Appended to, made if absent. Undefined: standard error. */
  file?: string;
}

/** Fields that may hold a secret are never written, wherever a caller puts them. */
const secretFields = [
  'password',
  'token',
  'auth',
  'authorization',
  'Authorization',
  'data',
  'stringData',
  'secretsKey',
  'env',
];
const redact = {
  paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  censor: '[redacted]',
};

/** A log of JSON lines with RFC 3339 times. Passwords inside urls are masked in messages and errors. */
export function createLogger(options: LoggerOptions, stream?: DestinationStream): Logger {
  if (options.file) mkdirSync(dirname(options.file), { recursive: true });
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact,
      hooks: { streamWrite: maskUrls },
    },
    // Written at once: the last words before an exit are the ones that matter.
    stream ?? destination({ dest: options.file ?? 2, sync: true }),
  );
}

/** `postgres://user:secret@host` becomes `postgres://user:***@host`. */
export const maskUrls = (text: string): string =>
  text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s/@"]+@/gi, '$1:***@');
