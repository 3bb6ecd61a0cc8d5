import { describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { p, pod, podStream, admissionBench as setUp } from '#testing/admission-bench.js';

describe('creating a pod', () => {
  it('SYS-01 SYS-03 answers with the pod, and has committed it', async () => {
    const { send, log } = await setUp();
    const reply = await send('pod', 'create', pod());
    const [event] = await log.readStream(podStream);
    expect(reply).toMatchObject({
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default', resourceVersion: String(event?.position) },
      spec: { restartPolicy: 'Always', containers: [{ imagePullPolicy: 'Always' }] },
      status: { phase: 'Pending' },
    });
    expect(reply).not.toHaveProperty('warnings');
    expect(event).toMatchObject({
      type: 'PodAdmitted',
      metadata: { actor: 'ann', commandId: 'command-1', correlationId: 'command-1' },
    });
  });

  it('SYS-04 the same command id twice has one effect and the same reply', async () => {
    const { send, append, typesOf } = await setUp();
    const first = await send('pod', 'create', pod(), 'same');
    await append('PodScheduled', { uid: first.metadata.uid, node: 'n' });
    expect(await send('pod', 'create', pod(), 'same')).toEqual(first);
    expect(await typesOf(podStream)).toEqual(['PodAdmitted', 'PodScheduled']);
    expect(await typesOf(streams.command('same'))).toEqual([]);
  });

  it('SYS-04 a refused command stays refused under its id', async () => {
    const { send, typesOf } = await setUp();
    const refusal = await send('pod', 'create', pod({ hostNetwork: true }), 'same');
    expect(refusal).toMatchObject({ kind: 'Status', code: 422 });
    expect(await send('pod', 'create', pod(), 'same')).toEqual(refusal);
    expect(await typesOf(podStream)).toEqual([]);
    expect(await typesOf(streams.command('same'))).toEqual(['CommandRejected']);
  });

  it('SYS-04 the reply is found again when the connection died after the commit', async () => {
    const { send, failing, typesOf } = await setUp();
    failing((call) => (call === 'append' ? 'after' : undefined));
    await expect(send('pod', 'create', pod(), 'same')).rejects.toThrow(LogUnavailableError);
    failing(() => undefined);
    expect(await send('pod', 'create', pod(), 'same')).toMatchObject({ kind: 'Pod' });
    expect(await typesOf(podStream)).toEqual(['PodAdmitted']);
  });

  it('refuses a name in use, and records only the refusal', async () => {
    const { send, log, typesOf } = await setUp();
    await send('pod', 'create', pod());
    expect(await send('pod', 'create', pod(), 'second')).toMatchObject({
      reason: 'AlreadyExists',
      message: 'pods "p" already exists',
      code: 409,
    });
    expect(await typesOf(podStream)).toEqual(['PodAdmitted']);
    const [rejected] = await log.readStream(streams.command('second'));
    expect(rejected?.data).toMatchObject({ kind: 'pod', verb: 'create', ...p, status: { code: 409 } });
  });

  it('takes the name again after the pod is gone', async () => {
    const { send, typesOf } = await setUp();
    const first = await send('pod', 'create', pod());
    await send('pod', 'delete', p);
    const second = await send('pod', 'create', pod());
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(await typesOf(podStream)).toEqual([
      'PodAdmitted',
      'PodDeletionRequested',
      'PodDeleted',
      'PodAdmitted',
    ]);
  });

  it('makes up names', async () => {
    const { send } = await setUp();
    const body = pod({}, { generateName: 'job-' });
    const replies = [await send('pod', 'create', body), await send('pod', 'create', body)];
    const names = replies.map(({ metadata }) => metadata.name);
    for (const name of names) expect(name).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(new Set(names).size).toBe(2);
  });

  it('refuses an unknown namespace', async () => {
    const { send } = await setUp();
    const body = pod({}, { name: 'p', namespace: 'team' });
    expect(await send('pod', 'create', body)).toMatchObject({
      code: 404,
      message: 'namespaces "team" not found',
    });
    expect(await send('namespace', 'create', { metadata: { name: 'team' } })).toMatchObject({
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
    expect(await send('pod', 'create', body)).toMatchObject({ kind: 'Pod' });
  });

  it('tells everything that is wrong at once, and nothing twice', async () => {
    const { send } = await setUp();
    const lifecycle = { postStart: { sleep: { seconds: 1 } } };
    const body = pod({ hostPID: true, containers: [{ name: 'C', image: 'i', lifecycle }] });
    const { details, message } = await send('pod', 'create', body);
    const fields = details.causes.map(({ field }) => field);
    expect(fields).toEqual([
      'spec.containers[0].lifecycle.postStart.sleep',
      'spec.hostPID',
      'spec.containers[0].name',
    ]);
    expect(message).toMatch(/^Pod "p" is invalid: \[spec\.containers\[0\]\.lifecycle/);
  });

  it('warns in a field of the reply, on a repeat too', async () => {
    const { send } = await setUp();
    const body = pod({ automountServiceAccountToken: true });
    const warnings = [
      'spec.automountServiceAccountToken: podbus does not give pods a service account token yet',
    ];
    expect(await send('pod', 'create', body, 'same')).toMatchObject({ kind: 'Pod', warnings });
    expect(await send('pod', 'create', body, 'same')).toMatchObject({ kind: 'Pod', warnings });
  });

  it('IMG-12 AlwaysPullImages has every image pulled at every start', async () => {
    const containers = [{ name: 'c', image: 'i:1', imagePullPolicy: 'Never' }];
    const plain = await setUp();
    const policyOf = async ({ send }: typeof plain) =>
      (await send('pod', 'create', pod({ containers }))).spec.containers[0]?.imagePullPolicy;
    expect(await policyOf(plain)).toBe('Never');
    expect(await policyOf(await setUp(['AlwaysPullImages']))).toBe('Always');
  });
});

describe('deleting a pod', () => {
  it('ends one without a node at once', async () => {
    const { send, typesOf } = await setUp();
    await send('pod', 'create', pod());
    expect(await send('pod', 'delete', p)).toMatchObject({ metadata: { deletionGracePeriodSeconds: 0 } });
    expect(await typesOf(podStream)).toEqual(['PodAdmitted', 'PodDeletionRequested', 'PodDeleted']);
    expect(await send('pod', 'delete', p)).toMatchObject({ code: 404, message: 'pods "p" not found' });
  });

  it('asks the node of a bound one; only a shorter grace changes that', async () => {
    const { send, append, typesOf } = await setUp();
    const { metadata } = await send('pod', 'create', pod());
    await append('PodScheduled', { uid: metadata.uid, node: 'n' });
    const first = await send('pod', 'delete', p, 'first');
    expect(first).toMatchObject({ metadata: { deletionGracePeriodSeconds: 30 } });
    const again = await send('pod', 'delete', p, 'again');
    expect(again).toEqual(first);
    const shorter = await send('pod', 'delete', { ...p, gracePeriodSeconds: 2 });
    expect(shorter).toMatchObject({ metadata: { deletionGracePeriodSeconds: 2 } });
    expect(await typesOf(podStream)).toEqual([
      'PodAdmitted',
      'PodScheduled',
      'PodDeletionRequested',
      'PodDeletionRequested',
    ]);
    // A command that changed nothing keeps its reply as well.
    expect(await send('pod', 'delete', p, 'again')).toEqual(again);
  });

  it('SYS-04 a repeat is answered as the first was, though the pod is gone', async () => {
    const { send } = await setUp();
    await send('pod', 'create', pod());
    const first = await send('pod', 'delete', p, 'same');
    expect(await send('pod', 'delete', p, 'same')).toEqual(first);
  });

  it('keeps to a uid', async () => {
    const { send } = await setUp();
    await send('pod', 'create', pod());
    expect(await send('pod', 'delete', { ...p, uid: 'other' })).toMatchObject({ reason: 'Conflict' });
  });

  it.each([
    ['a name', {}, 'name: Required value'],
    ['known fields only', { ...p, force: true }, /unknown field "force"/],
  ])('asks for %s', async (_, body, message) => {
    const { send } = await setUp();
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(await send('pod', 'delete', body)).toMatchObject({ code: 400, message: expected });
  });
});

describe('any command', () => {
  it.each([
    ['configmap', 'create', 404, 'the server does not know commands for configmap yet'],
    ['constructor', 'create', 404, 'the server does not know commands for constructor yet'],
    ['pod', 'evict', 405, 'the server does not know the command evict for pod yet'],
    ['namespace', 'delete', 405, 'the server does not know the command delete for namespace yet'],
  ])('%s.%s is not known', async (kind, verb, code, message) => {
    const { send, typesOf } = await setUp();
    expect(await send(kind, verb, {}, 'x')).toMatchObject({ kind: 'Status', code, message });
    expect(await typesOf(streams.command('x'))).toEqual(['CommandRejected']);
  });

  it.each(['', ' ', 'a b', 'a*', 'a>', 'é', 'x'.repeat(256)])('refuses the command id %j', async (id) => {
    const { send, log } = await setUp();
    expect(await send('pod', 'create', pod(), id)).toMatchObject({ code: 400 });
    expect(await log.readStream(podStream)).toEqual([]);
  });

  it.each([
    [4, { kind: 'Pod', metadata: { deletionGracePeriodSeconds: 0 } }],
    [5, { kind: 'Status', reason: 'Conflict', code: 409 }],
  ])('decides anew when the stream moves on, here %p times', async (times, reply) => {
    const { send, append, racing, typesOf } = await setUp();
    const { metadata } = await send('pod', 'create', pod());
    let left = times;
    racing(async () => {
      if (left-- > 0) await append('PodUnschedulable', { uid: metadata.uid, message: 'full' });
    });
    expect(await send('pod', 'delete', p, 'raced')).toMatchObject(reply);
    // What failed for others' sake is not held against the command.
    expect(await typesOf(streams.command('raced'))).toEqual([]);
    expect(await send('pod', 'delete', p, 'raced')).toMatchObject({ kind: 'Pod' });
  });

  it('passes on that the log is away', async () => {
    const { send, failing } = await setUp();
    failing((call) => (call === 'append' ? 'before' : undefined));
    await expect(send('pod', 'create', pod())).rejects.toThrow(LogUnavailableError);
  });
});

describe('IMG-22 pre-pulling an image', () => {
  const facts = (labels: Record<string, string>) => ({ labels, capacity: {}, allocatable: {} });
  async function withNodes() {
    const bench = await setUp();
    for (const [name, zone] of [
      ['node-a', 'a'],
      ['node-b', 'b'],
      ['node-c', 'b'],
    ] as const) {
      const stream = streams.node(name);
      await bench.append('NodeRegistered', { uid: name, facts: facts({ zone }), taints: [] }, stream);
      if (name !== 'node-c') await bench.append('NodeBecameReady', { uid: name }, stream);
    }
    const send = async (body: object, commandId?: string) =>
      (await bench.send('image', 'prepull', body, commandId)) as unknown as {
        kind: string;
        metadata: { uid: string };
        status: { phase: string; nodes: { name: string }[] };
        warnings?: string[];
        message: string;
      };
    return { ...bench, prepull: send };
  }
  const nodesOf = ({ status }: { status: { nodes: { name: string }[] } }) =>
    status.nodes.map(({ name }) => name);

  it('answers with the request, and has committed it', async () => {
    const { prepull, typesOf } = await withNodes();
    const reply = await prepull({ image: 'busybox:1.36' });
    expect(reply).toMatchObject({
      kind: 'ImagePrepull',
      spec: { policy: 'IfNotPresent' },
      status: { phase: 'Running' },
    });
    expect(nodesOf(reply)).toEqual(['node-a', 'node-b']);
    expect(reply.warnings).toEqual(['left out, since they are not ready: node-c']);
    expect(await typesOf(streams.prepull(reply.metadata.uid))).toEqual(['ImagePrepullRequested']);
  });

  it.each([
    ['zone=a', ['node-a']],
    [{ zone: 'b' }, ['node-b']],
    ['zone in (a,b)', ['node-a', 'node-b']],
    [{}, ['node-a', 'node-b']],
  ])('chooses the nodes by %j', async (nodeSelector, nodes) => {
    const { prepull } = await withNodes();
    expect(nodesOf(await prepull({ image: 'busybox', nodeSelector }))).toEqual(nodes);
  });

  it('SYS-04 the same command id gives the same reply', async () => {
    const { prepull } = await withNodes();
    const [first, second] = [
      await prepull({ image: 'busybox' }, 'same'),
      await prepull({ image: 'busybox' }, 'same'),
    ];
    expect(second.metadata.uid).toBe(first.metadata.uid);
  });

  it.each([
    [{ image: 'busybox', nodeSelector: 'zone=c' }, 'no node that is ready matches'],
    [{ image: 'busybox', nodeSelector: 'a=b=c' }, 'nodeSelector: '],
    [{ image: 'busybox', nodeSelector: 7 }, 'nodeSelector: it is neither text nor a map of labels'],
    [{ image: 'UPPER' }, 'must be lowercase'],
    [{ image: 'busybox', namespace: 'nowhere' }, 'namespaces "nowhere" not found'],
    [{ image: 'busybox', nodes: ['node-a'] }, 'unknown field "nodes"'],
    [{}, 'image: Required value'],
  ])('refuses %j', async (body, why) => {
    const { prepull } = await withNodes();
    const reply = await prepull(body);
    expect(reply.kind).toBe('Status');
    expect(reply.message).toContain(why);
  });
});
