/**
 * At most one holder of a name at a time, with instant hand-over when the holder's process or its connection dies.
 * A holder that lost the connection may still be in the middle of an action: every action must be safe to repeat.
 */
export interface LeadershipPort {
  /**
   * Waits for its turn, then runs `lead` once; `signal` aborts when leadership is lost or `resign` is called.
   * After a loss it campaigns again. `resign` resolves when `lead` has ended and the name is free.
   */
  campaign(name: string, lead: (signal: AbortSignal) => Promise<void>): { resign(): Promise<void> };
}
