import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { LeadershipPort } from '#contracts/ports/leadership.port.js';

/**
 * Work that one replica at a time does: campaigns when the application has started, and lets go when it ends, so that
 * the next replica takes over at once.
 */
export class LeaderService implements OnApplicationBootstrap, OnApplicationShutdown {
  private resign: () => Promise<void> = async () => undefined;

  constructor(
    private readonly leadership: LeadershipPort,
    private readonly role: string,
    private readonly lead: (signal: AbortSignal) => Promise<void>,
  ) {}

  onApplicationBootstrap(): void {
    const campaign = this.leadership.campaign(this.role, this.lead);
    this.resign = () => campaign.resign();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.resign();
  }
}
