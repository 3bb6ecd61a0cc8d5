import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Status } from '#contracts/status.js';
import { TestApi } from '#testing/servers/api.server.js';
import { describeKubectl, kubectlEnv, runKubectl } from '#testing/servers/kubectl.js';

interface ShownPod {
  metadata: {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    resourceVersion: string;
  };
  spec: { containers: { name: string; image: string; imagePullPolicy: string }[] };
}

describeKubectl('kubectl changes pods', () => {
  let api: TestApi;
  let env: NodeJS.ProcessEnv;
  const kubectl = (...args: string[]) => runKubectl(env, args);
  const podOf = async (name: string) =>
    JSON.parse(await kubectl('get', 'pod', name, '-o', 'json')) as ShownPod;
  const imagesOf = async (name: string) => (await podOf(name)).spec.containers.map(({ image }) => image);

  /** A manifest of two containers in a file; its path. */
  const manifest = (name: string, image: string, more: object = {}): string => {
    const path = join(api.dir, `${name}.json`);
    const containers = [
      { name: 'app', image, env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 'side:1' },
    ];
    const metadata = { name, labels: { app: name } };
    writeFileSync(
      path,
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, ...more } }),
    );
    return path;
  };
  const created = async (name: string, image = 'app:1'): Promise<string> => {
    const path = manifest(name, image);
    await kubectl('create', '-f', path);
    return path;
  };

  beforeAll(async () => {
    api = await TestApi.start({ admission: true });
    env = kubectlEnv(api.url, api.dir);
  }, 60_000);
  afterAll(() => api?.stop());

  it('IMG-11 set image', async () => {
    await created('set', 'app:latest');
    expect(await kubectl('set', 'image', 'pod/set', 'app=app:2')).toBe('pod/set image updated\n');
    const { spec } = await podOf('set');
    expect(spec.containers).toMatchObject([
      { image: 'app:2', imagePullPolicy: 'Always' },
      { image: 'side:1' },
    ]);
    expect(await kubectl('set', 'image', 'pod/set', '*=all:1')).toBe('pod/set image updated\n');
    expect(await imagesOf('set')).toEqual(['all:1', 'all:1']);
    expect(await kubectl('set', 'image', 'pod/set', 'app=all:1')).toBe('');
  }, 60_000);

  it.each([
    ['strategic', '{"spec":{"containers":[{"name":"side","image":"side:2"}]}}'],
    ['merge', '{"metadata":{"labels":{"app":null,"b":"2"}}}'],
    ['json', '[{"op":"replace","path":"/spec/containers/1/image","value":"side:2"}]'],
  ])(
    'patch --type %s, and one that changes nothing',
    async (type, patch) => {
      const name = `patch-${type}`;
      await created(name);
      expect(await kubectl('patch', 'pod', name, '--type', type, '-p', patch)).toBe(`pod/${name} patched\n`);
      const { metadata, spec } = await podOf(name);
      if (type === 'merge') expect(metadata.labels).toEqual({ b: '2' });
      else expect(spec.containers.map(({ image }) => image)).toEqual(['app:1', 'side:2']);
      const again = await kubectl('patch', 'pod', name, '--type', type, '-p', patch);
      expect(again).toBe(`pod/${name} patched (no change)\n`);
      expect((await podOf(name)).metadata.resourceVersion).toBe(metadata.resourceVersion);
    },
    60_000,
  );

  it('label and annotate', async () => {
    await created('named');
    expect(await kubectl('label', 'pod', 'named', 'tier=front', 'app-')).toBe('pod/named labeled\n');
    expect(await kubectl('annotate', 'pods', '-l', 'tier=front', 'note=hello world')).toBe(
      'pod/named annotated\n',
    );
    expect((await podOf('named')).metadata).toMatchObject({
      labels: { tier: 'front' },
      annotations: { note: 'hello world' },
    });
    await expect(kubectl('label', 'pod', 'named', 'tier=back')).rejects.toThrow(
      'already has a value (front)',
    );
    expect(await kubectl('get', 'pods', '-l', 'tier=front', '-o', 'name')).toBe('pod/named\n');
    await expect(kubectl('label', 'pod', 'named', 'x=a b')).rejects.toThrow(/a valid label must be/);
  }, 60_000);

  it('apply: creates, changes an image, finds nothing to change', async () => {
    const path = manifest('applied', 'app:1');
    expect(await kubectl('apply', '-f', path)).toBe('pod/applied created\n');
    manifest('applied', 'app:2');
    expect(await kubectl('apply', '-f', path)).toBe('pod/applied configured\n');
    expect(await imagesOf('applied')).toEqual(['app:2', 'side:1']);
    expect(await kubectl('apply', '-f', path)).toBe('pod/applied unchanged\n');
    manifest('applied', 'app:2', { restartPolicy: 'Never' });
    await expect(kubectl('apply', '-f', path)).rejects.toThrow(
      /The Pod "applied" is invalid: spec: Forbidden: pod updates may not change fields other than [\s\S]*- spec.restartPolicy: "Always"\n\+ spec.restartPolicy: "Never"/,
    );
  }, 60_000);

  it('apply: a container that others changed too keeps what the author does not speak of', async () => {
    const path = manifest('shared', 'app:1');
    await kubectl('apply', '-f', path);
    await kubectl('set', 'image', 'pod/shared', 'side=side:2');
    await kubectl('label', 'pod', 'shared', 'theirs=1');
    const whole = JSON.parse(readFileSync(path, 'utf8')) as ShownPod;
    whole.spec.containers[0]!.image = 'app:2';
    whole.spec.containers[1]!.image = 'side:2';
    writeFileSync(path, JSON.stringify(whole));
    await kubectl('apply', '-f', path);
    expect(await imagesOf('shared')).toEqual(['app:2', 'side:2']);
    expect((await podOf('shared')).metadata.labels).toEqual({ app: 'shared', theirs: '1' });
  }, 60_000);

  it('apply --server-side is refused clearly', async () => {
    const path = manifest('server-side', 'app:1');
    await expect(kubectl('apply', '--server-side', '-f', path)).rejects.toThrow(/no server-side apply/);
  }, 60_000);

  it('replace: a whole manifest, with or without the version that its author saw', async () => {
    const path = await created('replaced');
    const stale = await kubectl('get', 'pod', 'replaced', '-o', 'json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('app:1', 'app:2'));
    expect(await kubectl('replace', '-f', path)).toBe('pod/replaced replaced\n');
    expect(await imagesOf('replaced')).toEqual(['app:2', 'side:1']);
    writeFileSync(path, stale);
    await expect(kubectl('replace', '-f', path)).rejects.toThrow(
      /the object has been modified; please apply your changes to the latest version and try again/,
    );
    writeFileSync(path, (await kubectl('get', 'pod', 'replaced', '-o', 'json')).replace('app:2', 'app:3'));
    expect(await kubectl('replace', '-f', path)).toBe('pod/replaced replaced\n');
    expect(await imagesOf('replaced')).toEqual(['app:3', 'side:1']);
  }, 60_000);

  it('edit', async () => {
    await created('edited');
    env.KUBE_EDITOR = 'sed -i s/app:1/app:2/';
    expect(await kubectl('edit', 'pod', 'edited')).toBe('pod/edited edited\n');
    expect(await imagesOf('edited')).toEqual(['app:2', 'side:1']);
    env.KUBE_EDITOR = 'true';
    expect(await kubectl('edit', 'pod', 'edited')).toBe('');
  }, 60_000);

  it('IMG-14 POST …/retry-pull answers the pod, or why not', async () => {
    await created('waits');
    const retry = (name: string, body?: string) =>
      api.fetch(`/podbus/v1/namespaces/default/pods/${name}/retry-pull`, { method: 'POST', body });
    expect((await (await retry('waits')).json()) as ShownPod).toEqual(await podOf('waits'));
    for (const [name, body, code] of [
      ['nosuch', '', 404],
      ['waits', '{"container":"x"}', 400],
      ['waits', '{"containr":"app"}', 400],
      ['waits', '{"container":5}', 400],
    ] as const) {
      const response = await retry(name, body);
      expect([response.status, ((await response.json()) as Status).code]).toEqual([code, code]);
    }
  }, 60_000);
});
