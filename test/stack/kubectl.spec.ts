import { execFile, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#testing/eventually.js';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';
import { PodbusHome, type Run } from './podbus-process.js';

function isInstalled(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('kubectl is not installed: its tests are skipped\n');
    return false;
  }
}

/** Reasons and messages of `kubectl describe`, in its order. */
function eventsOf(described: string): string[] {
  const lines = described.slice(described.indexOf('\nEvents:')).split('\n').slice(4);
  return lines.filter(Boolean).map((line) => line.trim().split(/ {2,}/)[1]!);
}

(isInstalled() ? describe : describe.skip)('kubectl on a running podbus', () => {
  const home = new PodbusHome();
  let registry: TestRegistry;
  let image: string;

  const kubectl = (...args: string[]): Promise<Run> =>
    new Promise((done) => {
      const env = { ...home.env, HOME: home.dir, KUBECONFIG: home.ready().kubeconfig };
      execFile('kubectl', args, { env, timeout: 60_000 }, (error, out, err) =>
        done({ code: error ? Number(error.code ?? -1) : 0, out, err }),
      );
    });
  const manifest = (name: string, script: string, more: object = {}, of = image): string => {
    const file = join(home.dir, `${name}.json`);
    const container = { name: 'app', image: of, command: ['sh', '-c', script], ...more };
    const spec = { terminationGracePeriodSeconds: 2, containers: [container] };
    const metadata = { name, namespace: 'default', labels: { app: name } };
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));
    return file;
  };
  const shows = (pod: string, what: RegExp): Promise<unknown> =>
    eventually(`${pod} shows ${what}`, async () => what.test((await kubectl('get', 'pod', pod)).out), 30_000);
  const loop = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

  beforeAll(async () => {
    registry = await startRegistry();
    image = await registry.push('busybox', '1');
    await home.up();
  }, 90_000);
  afterAll(async () => {
    await home.destroy();
    await registry?.stop();
  }, 60_000);

  it('SYS-06 create, wait, get -o wide, logs', async () => {
    const file = manifest('web', `echo hello; echo again >&2; ${loop}`);
    expect(await kubectl('create', '-f', file)).toMatchObject({ code: 0, out: 'pod/web created\n' });
    const again = await kubectl('create', '-f', file);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('pods "web" already exists') });
    const ready = await kubectl('wait', 'pod/web', '--for=condition=Ready', '--timeout=30s');
    expect(ready.out).toBe('pod/web condition met\n');
    expect((await kubectl('get', 'pods', '-o', 'wide')).out).toMatch(/\nweb +1\/1 +Running +0 .* 10\.\d/);
    const logs = await eventually('both lines', async () => {
      const lines = (await kubectl('logs', 'web')).out.split('\n');
      return lines.length > 2 ? lines.sort() : undefined;
    });
    expect(logs).toEqual(['', 'again', 'hello']);
    expect((await kubectl('logs', '-l', 'app=web', '--tail=1')).out).toMatch(/^(hello|again)\n$/);
  }, 90_000);

  it('HOOK-15 describe tells the story in its order, as Kubernetes does', async () => {
    const { out } = await kubectl('describe', 'pod', 'web');
    expect(eventsOf(out)).toEqual(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']);
    expect(out).toMatch(
      /\n {2}Normal +Scheduled +\S+ +default-scheduler +Successfully assigned default\/web to/,
    );
    await kubectl('create', '-f', manifest('missing', loop, {}, `${registry.host}/nosuch:1`));
    await shows('missing', /ImagePullBackOff/);
    const missing = (await kubectl('describe', 'pod', 'missing')).out;
    expect(eventsOf(missing)).toEqual(['Scheduled', 'Pulling', 'Failed', 'Failed', 'BackOff', 'Failed']);
    const order = [
      'Failed to pull image',
      'Error: ErrImagePull',
      'Back-off pulling',
      'Error: ImagePullBackOff',
    ];
    const found = order.map((text) => missing.lastIndexOf(text));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    const listed = (await kubectl('get', 'events', '--field-selector=involvedObject.name=web')).out;
    expect(listed).toMatch(/Scheduled[\s\S]*Pulling[\s\S]*Pulled[\s\S]*Created[\s\S]*Started/);
  }, 90_000);

  it('create namespace, which kubectl sends in protobuf', async () => {
    expect((await kubectl('create', 'namespace', 'team')).out).toBe('namespace/team created\n');
    const again = await kubectl('create', 'namespace', 'team');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('(AlreadyExists)')]);
    expect((await kubectl('get', 'namespace', 'team')).out).toMatch(/^team +Active/m);
  });

  it('apply creates, and a second time finds nothing to change', async () => {
    const file = manifest('applied', loop);
    expect((await kubectl('apply', '-f', file)).out).toBe('pod/applied created\n');
    expect((await kubectl('apply', '-f', file)).out).toBe('pod/applied unchanged\n');
  }, 90_000);

  it('logs -f follows to the end of the container, -p shows the one before', async () => {
    const script = 'echo run; sleep 1; echo done; exit 3';
    await kubectl('create', '-f', manifest('crash', script));
    await shows('crash', /1\/1 +Running/);
    expect((await kubectl('logs', '-f', 'crash')).out).toBe('run\ndone\n');
    await shows('crash', /CrashLoopBackOff/);
    expect((await kubectl('logs', '-p', 'crash')).out).toBe('run\ndone\n');
  }, 90_000);

  it('get -w sees a deletion, which waits until the pod is gone', async () => {
    const { env } = home;
    const watch = spawn('kubectl', ['get', 'pods', '-w', '--no-headers'], {
      env: { ...env, HOME: home.dir, KUBECONFIG: home.ready().kubeconfig },
    });
    let seen = '';
    watch.stdout.on('data', (data: Buffer) => {
      seen += data.toString();
    });
    try {
      await eventually('the first line', () => /web +1\/1 +Running/.test(seen), 20_000);
      expect(await kubectl('delete', 'pod', 'web')).toMatchObject({ code: 0, out: 'pod "web" deleted\n' });
      expect(await kubectl('get', 'pod', 'web')).toMatchObject({
        code: 1,
        err: 'Error from server (NotFound): pods "web" not found\n',
      });
      await eventually('the end', () => /web +\d\/1 +(Terminating|Completed)/.test(seen));
    } finally {
      watch.kill();
    }
  }, 90_000);

  it('delete of a file waits too, and of what is not there is an error', async () => {
    expect((await kubectl('delete', '-f', join(home.dir, 'applied.json'))).out).toBe(
      'pod "applied" deleted\n',
    );
    const gone = await kubectl('delete', 'pod', 'applied');
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('pods "applied" not found') });
  }, 90_000);
});
