import { describe, expect, it } from '@jest/globals';
import type { DigestResolverPort } from '#contracts/ports/digest-resolver.port.js';
import { p, pod, podStream, admissionBench as setUp } from '#testing/admission-bench.js';

describe('changing a pod', () => {
  const image = (name: string) => ({ spec: { containers: [{ name: 'c', image: name }] } });
  const patch = (change: unknown, more: object = {}) => ({ ...p, patch: change, ...more });

  it('IMG-11 patches its image, and leaves the pull policy as it was', async () => {
    const { send, log } = await setUp();
    await send('pod', 'create', pod());
    const reply = await send('pod', 'patch', patch(image('busybox:1.36')));
    expect(reply.spec.containers).toMatchObject([{ image: 'busybox:1.36', imagePullPolicy: 'Always' }]);
    const event = (await log.readStream(podStream)).at(-1);
    expect(event).toMatchObject({
      type: 'ContainerImageChanged',
      data: { container: 'c', image: 'busybox:1.36' },
    });
    expect(reply.metadata).toMatchObject({ resourceVersion: String(event?.position) });
  });

  it.each([
    ['merge', { metadata: { labels: { a: '1' } } }],
    ['json', [{ op: 'add', path: '/metadata/labels', value: { a: '1' } }]],
    ['strategic', { metadata: { labels: { a: '1' } } }],
  ])('takes a %s patch; one that changes nothing appends nothing', async (patchType, change) => {
    const { send, typesOf } = await setUp();
    await send('pod', 'create', pod());
    const first = await send('pod', 'patch', patch(change, { patchType }));
    expect(first).toMatchObject({ metadata: { labels: { a: '1' } } });
    expect(await send('pod', 'patch', patch(change, { patchType }))).toEqual(first);
    expect(await typesOf(podStream)).toEqual(['PodAdmitted', 'PodMetadataChanged']);
  });

  it('SYS-04 a patch has one effect and one reply, though the pod moved on', async () => {
    const { send, append, typesOf } = await setUp();
    const { metadata } = await send('pod', 'create', pod());
    const first = await send('pod', 'patch', patch(image('i:2')), 'same');
    await append('PodScheduled', { uid: metadata.uid, node: 'n' });
    await send('pod', 'patch', patch(image('i:3')));
    expect(await send('pod', 'patch', patch(image('i:2')), 'same')).toEqual(first);
    expect((await typesOf(podStream)).filter((type) => type === 'ContainerImageChanged')).toHaveLength(2);
  });

  it('updates from a whole manifest, on a node too, and says what it warns of', async () => {
    const { send, append } = await setUp();
    const { metadata } = await send('pod', 'create', pod());
    await append('PodScheduled', { uid: metadata.uid, node: 'n' });
    const containers = [{ name: 'c', image: 'busybox:latest' }];
    const body = pod({ containers, automountServiceAccountToken: false }, { name: 'p', labels: { a: '1' } });
    expect(await send('pod', 'update', body)).toMatchObject({
      metadata: { labels: { a: '1' } },
      spec: { nodeName: 'n', containers: [{ image: 'busybox:latest' }] },
    });
    const warned = { ...p, patch: { metadata: { ownerReferences: [{ uid: 'o' }] } } };
    expect(await send('pod', 'patch', warned)).toMatchObject({
      warnings: ['metadata.ownerReferences: podbus does not delete objects with their owner'],
    });
  });

  it('IMG-11 a whole manifest without a pull policy is defaulted anew, and refused if that changes it', async () => {
    const { send } = await setUp();
    await send('pod', 'create', pod());
    const body = pod({ containers: [{ name: 'c', image: 'busybox:1.36' }] });
    expect(await send('pod', 'update', body)).toMatchObject({
      code: 422,
      message: expect.stringMatching(
        /^Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than [\s\S]*\n- spec.containers\[0\].imagePullPolicy: "Always"\n\+ spec.containers\[0\].imagePullPolicy: "IfNotPresent"$/,
      ),
    });
  });

  it('keeps to the object that its author saw', async () => {
    const { send } = await setUp();
    const { metadata } = await send('pod', 'create', pod());
    const { resourceVersion = '' } = metadata as { resourceVersion?: string };
    const update = (identity: object) => send('pod', 'update', pod({}, { name: 'p', ...identity }));
    expect(await update({ uid: metadata.uid, resourceVersion })).toMatchObject({ kind: 'Pod' });
    expect(await update({ resourceVersion: '1' })).toMatchObject({
      code: 409,
      message:
        'Operation cannot be fulfilled on pods "p": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect(await update({ uid: 'other' })).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on pods "p": Precondition failed: UID in precondition: other, UID in object meta: ${metadata.uid}`,
    });
    const stale = patch({ metadata: { resourceVersion: '1' } });
    expect(await send('pod', 'patch', stale)).toMatchObject({ reason: 'Conflict' });
  });

  it.each<[string, string, unknown, number, string | RegExp]>([
    ['update', 'no pod', pod({}, { name: 'q' }), 404, 'pods "q" not found'],
    ['update', 'no name', pod({}, {}), 400, 'metadata.name: Required value'],
    ['update', 'a broken body', '{', 400, /json parse error/],
    ['update', 'an unknown field', { ...pod(), speck: 1 }, 400, /unknown field "speck"/],
    ['patch', 'no pod', { ...p, name: 'q', patch: {} }, 404, 'pods "q" not found'],
    ['patch', 'no name', { patch: {} }, 400, 'name: Required value'],
    ['patch', 'no patch', p, 400, 'patch: Required value'],
    [
      'patch',
      'an unknown type',
      patch({}, { patchType: 'odd' }),
      400,
      'patchType: Unsupported value: "odd": supported values: "strategic", "merge", "json"',
    ],
    ['patch', 'an unknown field', patch({ spec: { hostnam: 'x' } }), 400, /unknown field "spec.hostnam"/],
    ['patch', 'a wrong type', patch({ spec: { containers: 'x' } }), 400, /cannot unmarshal string/],
    [
      'patch',
      'another name',
      patch({ metadata: { name: 'q' } }),
      400,
      'the name of the object (q) does not match the name on the URL (p)',
    ],
    [
      'patch',
      'another namespace',
      patch({ metadata: { namespace: 'team' } }),
      400,
      'the namespace of the object (team) does not match the namespace on the URL (default)',
    ],
    [
      'patch',
      'no image',
      patch(image('')),
      422,
      'Pod "p" is invalid: spec.containers[0].image: Required value',
    ],
    [
      'patch',
      'what podbus does not do',
      patch({ spec: { hostPID: true } }),
      422,
      /^Pod "p" is invalid: \[spec.hostPID: Forbidden: podbus does not put pods among/,
    ],
    ['patch', 'another restart policy', patch({ spec: { restartPolicy: 'Never' } }), 422, /restartPolicy/],
  ])('%s refuses %s', async (verb, _, body, code, message) => {
    const { send, typesOf } = await setUp();
    await send('pod', 'create', pod());
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(await send('pod', verb, body)).toMatchObject({ kind: 'Status', code, message: expected });
    expect(await typesOf(podStream)).toEqual(['PodAdmitted']);
  });
});

describe('retrying a pull', () => {
  it('IMG-14 ends the wait, and changes nothing where nothing waits', async () => {
    const { send, append, typesOf } = await setUp();
    const { metadata } = await send('pod', 'create', pod());
    const before = await send('pod', 'retry-pull', p);
    const failed = { uid: metadata.uid, container: 'c', instance: 0, image: 'busybox' };
    const retryAt = '2100-01-01T00:00:00.000Z';
    await append('ImageFailed', { ...failed, reason: 'ErrImagePull', message: 'no', retryAt });
    expect(await send('pod', 'retry-pull', { ...p, container: 'c' })).toMatchObject({ kind: 'Pod' });
    expect(await send('pod', 'retry-pull', p)).toMatchObject({ kind: 'Pod' });
    expect(before).toMatchObject({ kind: 'Pod', metadata: { uid: metadata.uid } });
    expect(await typesOf(podStream)).toEqual(['PodAdmitted', 'ImageFailed', 'ImagePullRetried']);
  });

  it.each([
    [{ ...p, name: 'q' }, 404, 'pods "q" not found'],
    [{ namespace: 'default' }, 400, 'name: Required value'],
    [{ ...p, container: 'x' }, 400, 'container x is not valid for pod p'],
  ])('refuses %j', async (body, code, message) => {
    const { send } = await setUp();
    await send('pod', 'create', pod());
    expect(await send('pod', 'retry-pull', body)).toMatchObject({ code, message });
  });
});

describe('ResolveImageDigest', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const resolver: DigestResolverPort = {
    resolve: async (image) => (image === 'gone:1' ? { error: 'not found' } : { digest }),
  };
  const containers = (...images: string[]) => images.map((image, n) => ({ name: `c${n}`, image }));

  it('IMG-13 pins what a tag means when the pod is created; not what is pinned, or never pulled', async () => {
    const { send } = await setUp(['ResolveImageDigest'], resolver);
    const pinned = `busybox:1.36@sha256:${'b'.repeat(64)}`;
    const kept = { name: 'own', image: 'own:1', imagePullPolicy: 'Never' };
    const reply = await send('pod', 'create', pod({ containers: [...containers('busybox', pinned), kept] }));
    expect(reply.spec.containers).toMatchObject([
      { image: `busybox@${digest}`, imagePullPolicy: 'Always' },
      { image: pinned, imagePullPolicy: 'IfNotPresent' },
      kept,
    ]);
  });

  it('IMG-13 refuses a pod whose image can’t be pinned, by name', async () => {
    const { send, typesOf } = await setUp(['ResolveImageDigest'], resolver);
    expect(await send('pod', 'create', pod({ containers: containers('a:1', 'gone:1') }))).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'pods "p" is forbidden: image "gone:1" can\'t be pinned to a digest: not found',
    });
    expect(await typesOf(podStream)).toEqual([]);
  });

  it('is off by default', async () => {
    const { send } = await setUp([], resolver);
    expect((await send('pod', 'create', pod())).spec.containers).toMatchObject([{ image: 'busybox' }]);
  });
});
