import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import { eventually } from '#testing/eventually.js';
import { admitted, comingUp, goingDown, manifestOf, nodeUp, TestApi } from '#testing/servers/api.server.js';
import { describeKubectl, kubectlEnv, runKubectl } from '#testing/servers/kubectl.js';

describeKubectl('kubectl', () => {
  let api: TestApi;
  let env: NodeJS.ProcessEnv;
  const kubectl = (...args: string[]) => runKubectl(env, args);

  beforeAll(async () => {
    api = await TestApi.start();
    env = kubectlEnv(api.url, api.dir);
    await api.append(streams.namespace('default'), {
      type: 'NamespaceCreated',
      data: { uid: 'ns-1', metadata: { name: 'default' } },
    });
    await api.node('node-a', ...nodeUp('node-a'));
    await api.pod('web', admitted('web', 'u-1', { app: 'web' }), ...comingUp('u-1'));
  }, 60_000);
  afterAll(() => api?.stop());

  it('get pods, -o wide, -l, -o json, by short name', async () => {
    expect(await kubectl('get', 'pods')).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE\nweb +1\/1 +Running +0 +\d+s\n$/,
    );
    expect(await kubectl('get', 'po', '-A', '-o', 'wide')).toMatch(/default +web .* 10\.1\.0\.2 +node-a/);
    expect(await kubectl('get', 'pods', '-l', 'app=web', '--no-headers')).toMatch(/^web /);
    expect(JSON.parse(await kubectl('get', 'pod', 'web', '-o', 'json'))).toMatchObject({ kind: 'Pod' });
    await expect(kubectl('get', 'pod', 'nosuch')).rejects.toThrow(
      'Error from server (NotFound): pods "nosuch" not found',
    );
  }, 60_000);

  it('get nodes and namespaces, version, api-resources', async () => {
    expect(await kubectl('get', 'nodes')).toMatch(/node-a +Ready/);
    expect(await kubectl('get', 'ns')).toMatch(/default +Active/);
    expect(await kubectl('version')).toMatch(/Server Version: v1\.32\.0/);
    expect(await kubectl('api-resources')).toMatch(/pods +po +v1 +true +Pod/);
  }, 60_000);

  it('HOOK-15 describe pod shows the story of the pod; get events too', async () => {
    const text = await kubectl('describe', 'pod', 'web');
    expect(text).toMatch(/Node: +node-a/);
    expect(text).toMatch(
      /Events:\n +Type +Reason +Age +From +Message\n.*\n.*Scheduled.*Successfully assigned default\/web to node-a/,
    );
    expect(text).toMatch(/Normal +Started +\S+ +kubelet +Started container app/);
    expect(await kubectl('get', 'events')).toMatch(
      /Normal +Pulling +pod\/web +Pulling image "busybox:1\.36"/,
    );
    expect(await kubectl('events', '--for', 'pod/web')).toMatch(/Started container app/);
  }, 60_000);

  it('create leaves validation to the server, and hears of what it does not do', async () => {
    const path = join(api.dir, 'pod.json');
    writeFileSync(path, JSON.stringify(manifestOf('new', '')));
    for (const verb of ['create', 'apply'])
      await expect(kubectl(verb, '-f', path, '--dry-run=server')).rejects.toThrow('dryRun is not supported');
  }, 60_000);

  it('get pods -w follows, and wait and delete see the end', async () => {
    const watch = spawn('kubectl', ['get', 'pods', '-w', '--no-headers'], { env });
    let seen = '';
    watch.stdout.on('data', (data: Buffer) => {
      seen += data.toString();
    });
    try {
      await eventually('the first line', () => /web +1\/1 +Running/.test(seen), 15_000);
      await api.pod('next', admitted('next', 'u-2'));
      await eventually('the new pod', () => /next +0\/1 +Pending/.test(seen), 10_000);
      const ready = kubectl('wait', 'pod/next', '--for=condition=Ready', '--timeout=20s');
      await api.pod('next', ...comingUp('u-2'));
      expect(await ready).toBe('pod/next condition met\n');
      const gone = kubectl('wait', 'pod/next', '--for=delete', '--timeout=20s');
      const watching = async () =>
        (await (await api.fetch('/metrics')).text()).includes('podbus_watchers{service="api"} 2');
      await eventually('kubectl wait watches too', watching, 15_000);
      await api.pod('next', ...goingDown('u-2'));
      expect(await gone).toBe('pod/next condition met\n');
      await eventually('the end', () => /next +\d\/1 +Terminating/.test(seen), 10_000);
    } finally {
      watch.kill();
    }
  }, 90_000);
});
