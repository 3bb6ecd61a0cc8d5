import type { CommandHeaders } from '#contracts/ports/bus.port.js';
import type { CommandKind, CommandVerb } from '#contracts/subjects.js';

/**
 * What a command handler is given, whichever way the command came. The body is raw: the handler parses it and
 * answers nonsense with a `Status`. `channel` is 'queue' for a command that came durably, which may be delivered again
 * under the same command id.
 */
export interface CommandMessage {
  channel: 'command' | 'queue';
  kind: CommandKind;
  verb: CommandVerb;
  /** The bytes as published, at most `maxCommandBytes`. */
  body: Uint8Array;
  /** `commandId` is always there: the transport makes one when the publisher gave none. */
  headers: CommandHeaders;
}

/** The one Nest pattern of both command transports; see `@CommandHandler()`. */
export const commandPattern = 'podbus.command';
