import { randomUUID } from 'node:crypto';
import { headers } from '@nats-io/transport-node';
import { stringify } from 'yaml';
import type { NatsConnection } from '#bus/nats.connection.js';
import type { Status } from '#contracts/status.js';
import { headers as names, subjects } from '#contracts/subjects.js';
import type { Show } from './show.js';

/** Publishes commands as any NATS client would: a subject, a header, a body. */
export class Publisher {
  constructor(
    private readonly nats: NatsConnection,
    private readonly show: Show,
  ) {}

  /** Shows the message, sends it, shows the answer; throws when it is a refusal. */
  async publish(verb: 'create' | 'delete', body: object, options: { brief?: boolean } = {}): Promise<void> {
    const subject = subjects.command('pod', verb);
    const commandId = randomUUID();
    const text = stringify(body).trimEnd();
    if (!options.brief) {
      this.show.quote(`${subject}\n${names.commandId}: ${commandId}\n\n${text}`);
    }
    const hdrs = headers();
    hdrs.set(names.commandId, commandId);
    hdrs.set(names.actor, 'user/demo');
    const reply = await this.nats.client.request(subject, text, { headers: hdrs, timeout: 10_000 });
    const answer = reply.json<Partial<Status> & { metadata?: { uid?: string; resourceVersion?: string } }>();
    if (answer.kind === 'Status' && answer.status === 'Failure')
      throw new Error(`refused: ${answer.message}`);
    if (!options.brief)
      this.show.say(`   The answer: committed, resourceVersion ${answer.metadata?.resourceVersion}.`);
  }
}
