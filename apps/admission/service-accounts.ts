import type { RecordedServiceAccountEvent } from '#contracts/events/config.events.js';
import { streams } from '#contracts/events/event.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { defaultAccount, defaultServiceAccount } from '#domain/service-account/service-account.kind.js';
import {
  foldServiceAccount,
  type ServiceAccountState,
} from '#domain/service-account/service-account.state.js';

/** The service accounts as they are now. The one called `default` is made when it is looked for and missing. */
export class ServiceAccounts {
  constructor(
    private readonly log: EventLogPort,
    private readonly ids: IdsPort,
  ) {}

  /** In a namespace that exists. Rejects with LogUnavailableError. */
  async find(namespace: string, name: string): Promise<ServiceAccountState | undefined> {
    const stream = streams.serviceAccount(namespace, name);
    for (;;) {
      const { version, events } = await this.log.readLife(stream);
      const account = foldServiceAccount(events as RecordedServiceAccountEvent[]);
      if (account || name !== defaultAccount) return account;
      const manifest = defaultServiceAccount({ metadata: { name, namespace } }, { suffix: '' });
      await this.log.append({
        stream,
        // Whoever made it meanwhile made what is wanted: it is read again.
        expectedVersion: version,
        events: [{ type: 'ServiceAccountCreated', data: { uid: this.ids.uuid(), manifest } }],
        metadata: { actor: 'admission' },
      });
    }
  }

  /** What every namespace has. Idempotent. */
  async ensureDefault(namespace: string): Promise<void> {
    await this.find(namespace, defaultAccount);
  }
}
