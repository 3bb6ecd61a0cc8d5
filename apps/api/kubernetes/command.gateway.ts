import type { CommandBusPort, CommandHeaders } from '#contracts/ports/bus.port.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import type { Status } from '#contracts/status.js';
import type { CommandKind, CommandVerb } from '#contracts/subjects.js';
import { badQuery, StatusError } from '../http/status-error.js';

/** What a write answers: the object (or a `Status` of success), and what the client should be warned of. */
export interface Outcome {
  object: Record<string, unknown>;
  warnings: string[];
}

/** Waits until readers see everything up to a position; rejects with LogUnavailableError when that takes too long. */
export interface ProjectionProgress {
  waitFor(position: number, timeoutMs: number): Promise<void>;
}

/** Told of each command as it is sent; what it answers is called with the code of the reply. */
export type ObserveCommand = (kind: CommandKind, verb: CommandVerb) => ((code: number) => void) | undefined;

const projectionTimeoutMs = 5_000;
const commandIdHeaders = ['podbus-command-id', 'idempotency-key'];

/**
 * Writes are commands: published on the bus, answered when the effect is committed and the reader would see it. The
 * same command id (`Podbus-Command-Id` or `Idempotency-Key`) has one effect and the same answer, however often.
 */
export class CommandGateway {
  constructor(
    private readonly bus: CommandBusPort,
    private readonly progress: ProjectionProgress,
    private readonly ids: IdsPort,
    private readonly observe: ObserveCommand = () => undefined,
  ) {}

  /** Throws StatusError for a refusal, BusUnavailableError when nobody answers. */
  async send(
    kind: CommandKind,
    verb: CommandVerb,
    body: Record<string, unknown>,
    headers: Record<string, unknown>,
  ): Promise<Outcome> {
    const reply = await this.request(kind, verb, body, {
      commandId: commandIdOf(headers) ?? this.ids.uuid(),
      actor: textOf(headers['podbus-actor']) ?? 'system:anonymous',
      traceparent: textOf(headers.traceparent),
    });
    if (reply.kind === 'Status' && reply.status === 'Failure')
      throw new StatusError(reply as unknown as Status);
    const { warnings: given, ...object } = reply;
    const warnings = Array.isArray(given) ? given.map(String) : [];
    const position = positionOf(object);
    if (position !== undefined) {
      await this.progress.waitFor(position, projectionTimeoutMs).catch(() => {
        warnings.push(`done, but reads do not show it yet: the projection is behind position ${position}`);
      });
    }
    return { object, warnings };
  }

  private async request(
    kind: CommandKind,
    verb: CommandVerb,
    body: unknown,
    headers: CommandHeaders,
  ): Promise<Record<string, unknown>> {
    let code = 503;
    const replied = this.observe(kind, verb);
    try {
      const reply = (await this.bus.request(kind, verb, body, headers)) as Record<string, unknown>;
      code = reply.kind === 'Status' && typeof reply.code === 'number' ? reply.code : 200;
      return reply;
    } finally {
      replied?.(code);
    }
  }
}

function commandIdOf(headers: Record<string, unknown>): string | undefined {
  for (const name of commandIdHeaders) {
    const value = textOf(headers[name]);
    if (value === undefined) continue;
    if (!/^[\x21-\x7e]{1,200}$/.test(value))
      throw badQuery(name, value, 'must be 1 to 200 printable ASCII characters without spaces');
    return value;
  }
  return undefined;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function positionOf(object: Record<string, unknown>): number | undefined {
  const { resourceVersion } = (object.metadata ?? {}) as { resourceVersion?: unknown };
  const position = Number(resourceVersion);
  return resourceVersion !== undefined && Number.isSafeInteger(position) ? position : undefined;
}
