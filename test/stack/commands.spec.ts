import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/transport-node';
import { stringify } from 'yaml';
import { headers, subjects } from '#contracts/subjects.js';
import { OneProcess } from './one-process.js';
import { podOf, type Reply } from './stack.js';

let podbus: OneProcess;
beforeAll(async () => {
  podbus = await OneProcess.start();
}, 60_000);
afterAll(() => podbus?.stop(), 60_000);

const manifest = (name: string) => podOf(name, podbus.image, { command: ['serve'] });
const client = () => podbus.infrastructure.nats.client;
const withId = (id: string) => {
  const all = newHeaders();
  all.set(headers.commandId, id);
  return all;
};
const request = async (body: string, id: string): Promise<Reply> => {
  const reply = await client().request(subjects.command('pod', 'create'), body, {
    headers: withId(id),
    timeout: 5_000,
  });
  return reply.json();
};
/** Into the durable queue; resolves with the outcome. */
async function enqueue(body: string, id: string): Promise<Reply> {
  const outcomes = client().subscribe(subjects.outcome(id), { max: 1, timeout: 20_000 });
  const publish = () => jetstream(client()).publish(subjects.queue('pod', 'create'), body, { msgID: id });
  // For a moment JetStream itself drops a repeat, and says so.
  while ((await publish()).duplicate) await pause(20);
  for await (const message of outcomes) return message.json();
  throw new Error(`no outcome of ${id}`);
}

describe('a command over NATS', () => {
  it('SYS-01 SYS-03 as JSON, request and reply: what is replied to is committed, and comes to run', async () => {
    const reply = await request(JSON.stringify(manifest('json')), 'json-1');
    const [admitted] = await podbus.recorded('json', 'PodAdmitted');
    expect(reply).toMatchObject({
      kind: 'Pod',
      metadata: { name: 'json', uid: admitted?.data.uid, resourceVersion: String(admitted?.position) },
    });
    expect(admitted?.metadata.commandId).toBe('json-1');
    await podbus.ready('json');
    expect(await podbus.exec('json', ['hostname'])).toBe('json');
  }, 30_000);

  it('SYS-01 as YAML', async () => {
    expect(await request(stringify(manifest('yaml')), 'yaml-1')).toMatchObject({ kind: 'Pod' });
    await podbus.ready('yaml');
  }, 30_000);

  it('SYS-01 SYS-03 durably through JetStream, as YAML, with an outcome', async () => {
    const outcome = await enqueue(stringify(manifest('queued')), 'queued-1');
    const [admitted] = await podbus.recorded('queued', 'PodAdmitted');
    expect(outcome).toMatchObject({ kind: 'Pod', metadata: { name: 'queued', uid: admitted?.data.uid } });
    await podbus.ready('queued');
  }, 30_000);

  it('SYS-04 the same command id twice at once, and again: one effect, one reply', async () => {
    const body = JSON.stringify(manifest('twice'));
    const replies = await Promise.all(Array.from({ length: 5 }, () => request(body, 'twice-1')));
    replies.push(await request(body, 'twice-1'));
    for (const reply of replies) expect(reply).toEqual(replies[0]);
    expect(replies[0]).toMatchObject({ kind: 'Pod', metadata: { name: 'twice' } });
    await podbus.ready('twice');
    expect(await podbus.recorded('twice', 'PodAdmitted')).toHaveLength(1);
    expect(await podbus.recorded('twice', 'ContainerCreated')).toHaveLength(1);
  }, 30_000);

  it('SYS-04 on both ways in: the queue’s outcome is the reply that was given before, and the other way round', async () => {
    const body = JSON.stringify(manifest('both'));
    const reply = await request(body, 'both-1');
    expect(await enqueue(body, 'both-1')).toEqual(reply);
    expect(await request(JSON.stringify(manifest('queued')), 'queued-1')).toMatchObject({
      kind: 'Pod',
      metadata: { uid: (await podbus.recorded('queued', 'PodAdmitted'))[0]?.data.uid },
    });
    await podbus.ready('both');
    expect(await podbus.recorded('both', 'PodAdmitted')).toHaveLength(1);
    expect(await podbus.recorded('queued', 'PodAdmitted')).toHaveLength(1);
  }, 30_000);

  it('SYS-04 in the queue twice, at once and later: one effect, the same outcome', async () => {
    const body = stringify(manifest('queued-twice'));
    const outcomes = await Promise.all([1, 2].map(() => enqueue(body, 'queued-twice-1')));
    outcomes.push(await enqueue(body, 'queued-twice-1'));
    expect(outcomes[0]).toMatchObject({ kind: 'Pod', metadata: { name: 'queued-twice' } });
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    await podbus.ready('queued-twice');
    expect(await podbus.recorded('queued-twice', 'PodAdmitted')).toHaveLength(1);
  }, 30_000);

  it('SYS-04 a refusal is an outcome too, and the same one at a repeat', async () => {
    const body = JSON.stringify(manifest('json'));
    const outcome = await enqueue(body, 'refused-1');
    expect(outcome).toMatchObject({
      kind: 'Status',
      reason: 'AlreadyExists',
      message: 'pods "json" already exists',
    });
    await podbus.delete('json', 1);
    await podbus.untilGone('json');
    expect(await request(body, 'refused-1')).toEqual(outcome);
    expect(await podbus.recorded('json', 'PodAdmitted')).toHaveLength(1);
  }, 30_000);
});
