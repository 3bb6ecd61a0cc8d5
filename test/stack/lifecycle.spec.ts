import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { PodbusHome } from './podbus-process.js';

const home = new PodbusHome();
afterAll(() => home.destroy(), 60_000);

// The pause image is on every node of podbus: nothing is pulled here.
const manifest = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [
  {name: web, image: "podbus.local/pause:1", imagePullPolicy: Never}]}}`;

interface Event {
  position: number;
  type: string;
  data: { containerId?: string };
}
const history = async (): Promise<Event[]> => {
  const { out } = await home.run('history', 'web', '-o', 'json');
  return (JSON.parse(out) as { events: Event[] }).events;
};
async function untilEvent(type: string, count = 1): Promise<Event[]> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const events = await history();
    if (events.filter((event) => event.type === type).length >= count) return events;
    if (Date.now() > deadline) throw new Error(`no ${type}: ${events.map((event) => event.type).join(' ')}`);
    await pause(100);
  }
}

describe('podbus up and down', () => {
  it('SYS-02 hosts every service in one process and says when it is ready', async () => {
    const said = await home.up();
    expect(said).toMatch(/^podbus ready: http:\/\/127\.0\.0\.1:\d+/m);
    expect(Object.keys(home.ready())).toEqual(
      expect.arrayContaining(['http', 'nats', 'postgres', 'containerd', 'node', 'kubeconfig', 'pid']),
    );
  }, 60_000);

  it('SYS-01 a manifest published over NATS becomes a running container', async () => {
    const file = join(home.dir, 'web.yaml');
    writeFileSync(file, manifest);
    expect(await home.run('apply', '-f', file)).toMatchObject({ code: 0, out: 'pod/web created\n' });
    await untilEvent('ContainerStarted');
    const again = await home.run('apply', '-f', file);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('already exists') });
  }, 60_000);

  it('SYS-04 the same command id twice has one effect and the same reply', async () => {
    const file = join(home.dir, 'web.yaml');
    writeFileSync(file, manifest.replace('name: web}', 'name: twice}'));
    const first = await home.run('apply', '-f', file, '--command-id', 'once', '-o', 'json');
    const second = await home.run('apply', '-f', file, '--command-id', 'once', '-o', 'json');
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.out).toBe(first.out);
  }, 60_000);

  it('refuses a second podbus on the same home, by the first one’s process id', async () => {
    const second = await home.run('up');
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining(`as process ${home.ready().pid}`) });
  }, 60_000);

  it('SYS-07 shows the past, SYS-08 verifies it', async () => {
    const admitted = (await history())[0]!;
    const before = await home.run('at', String(admitted.position - 1), 'get', 'pods');
    expect(before).toMatchObject({ code: 0, out: '', err: expect.stringContaining('No resources found') });
    const then = await home.run('at', String(admitted.position), 'get', 'pod/web');
    expect(then.out).toMatch(/^NAME +READY +STATUS[\s\S]*\nweb +0\/1 +Pending/);
    expect(await home.run('replay', '--verify')).toMatchObject({
      code: 0,
      out: expect.stringContaining('row for row'),
    });
  }, 60_000);

  it('SYS-10 SIGTERM leaves the pods running, and the next start carries on with them', async () => {
    expect(await home.signal('SIGTERM')).toBe(0);
    expect(home.remains().filter((line) => line.includes('containerd-shim'))).toHaveLength(2);
    expect(await home.run('events')).toMatchObject({ code: 3 });
    await home.up();
    expect((await history()).filter(({ type }) => type === 'ContainerStarted')).toHaveLength(1);
    expect((await history()).at(-1)?.type).toBe('ContainerStarted');
  }, 60_000);

  it('SYS-10 SIGKILL loses nothing: embedded parts and pods are adopted', async () => {
    await home.signal('SIGKILL');
    const said = await home.up();
    expect(said.match(/adopted/g)).toHaveLength(3);
    expect((await history()).filter(({ type }) => type === 'ContainerStarted')).toHaveLength(1);
  }, 60_000);

  it('down leaves no process, mount or network behind, and can be repeated', async () => {
    expect(await home.run('down')).toMatchObject({ code: 0 });
    expect(home.remains()).toEqual([]);
    expect(await home.run('down')).toMatchObject({ code: 0 });
  }, 60_000);

  it('started again after down, it knows its history and starts its pods anew', async () => {
    await home.up();
    const events = await untilEvent('ContainerStarted', 2);
    expect(events[0]?.type).toBe('PodAdmitted');
  }, 60_000);
});

describe('podbus up that cannot', () => {
  const port = () => new URL(home.ready().http).host;

  it('says which port is taken and leaves nothing half-started', async () => {
    const other = new PodbusHome({ PODBUS_HTTP: port() });
    try {
      await expect(other.up()).rejects.toThrow(/ended with 1: [\s\S]*the port is taken. Set PODBUS_HTTP/);
      expect(other.remains()).toEqual([]);
    } finally {
      await other.destroy();
    }
  }, 60_000);

  it('says which setting is bad', async () => {
    const other = new PodbusHome({ PODBUS_NATS_PORT: 'x' });
    await expect(other.up()).rejects.toThrow(
      /ended with 1: Bad configuration:\n {2}PODBUS_NATS_PORT=x is not a port/,
    );
    await other.destroy();
  }, 60_000);
});
