import { randomUUID } from 'node:crypto';
import type { IdsPort } from '#contracts/ports/clock.port.js';

/** UUIDs of version 4 from the kernel's randomness. */
export class RandomIds implements IdsPort {
  uuid(): string {
    return randomUUID();
  }
}
