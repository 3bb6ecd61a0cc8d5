import type { RecordedSecretEvent, SecretContent } from '#contracts/events/config.events.js';
import { streams } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { PullSecret, PullSecretsPort } from '#contracts/ports/pull-secrets.port.js';
import type { VaultPort } from '#contracts/ports/vault.port.js';
import { foldSecret, type SecretState } from '#domain/secret/secret.state.js';

/** Pull secrets straight from the log, opened for the reader alone: a read for each name, and one of the keys. */
export class LogPullSecrets implements PullSecretsPort {
  constructor(
    private readonly log: Pick<EventLogPort, 'readLife'>,
    private readonly vault: Pick<VaultPort, 'open'>,
  ) {}

  async read(
    namespace: string,
    names: readonly string[],
  ): Promise<{ found: PullSecret[]; missing: string[] }> {
    const asked = names.filter((name) => name !== '');
    const secrets = await Promise.all(asked.map((name) => this.secret(namespace, name)));
    const contents = await this.vault.open(secrets.flatMap((secret) => secret?.content.content ?? []));
    const found: PullSecret[] = [];
    const missing: string[] = [];
    for (const [i, secret] of secrets.entries()) {
      const content = secret && contents.shift();
      if (!secret || content === undefined) missing.push(asked[i]!);
      else found.push(pullSecret(secret, JSON.parse(content) as SecretContent));
    }
    return { found, missing };
  }

  private async secret(namespace: string, name: string): Promise<SecretState | undefined> {
    const { events } = await this.log.readLife(streams.secret(namespace, name));
    return foldSecret(events as RecordedSecretEvent[]);
  }
}

const pullSecret = ({ name, namespace, uid, content }: SecretState, { data }: SecretContent): PullSecret => ({
  name,
  namespace,
  uid,
  type: content.type,
  data,
});
