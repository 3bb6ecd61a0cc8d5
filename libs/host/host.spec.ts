import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { defaultRouteInterface, meminfoBytes, osImage, readMachine } from './machine.js';
import { createMetrics } from './metrics.js';
import { NestLogger } from './nest-logger.adapter.js';
import { nodeFacts } from './node-facts.js';
import { RandomIds } from './random-ids.adapter.js';
import { SystemClock } from './system-clock.adapter.js';
import { podbusVersion } from './version.js';

const options = {
  nodeName: 'node-a',
  maxPods: 110,
  nodeStatusMaxImages: 50,
  runtimeName: 'containerd',
  runtimeVersion: '1.6.20',
  runtimeHandlers: ['', 'runc'],
  podbusVersion: '0.1.0',
};

describe('node facts', () => {
  it('are those of a Kubernetes Node', () => {
    const facts = nodeFacts(
      {
        arch: 'x64',
        os: 'linux',
        cpus: 2,
        memoryBytes: 4096 * 1024,
        memoryAvailableBytes: 1,
        diskBytes: 10_240,
        diskFreeBytes: 1,
        osImage: 'Debian',
        kernelVersion: '6.1',
        internalIP: '10.0.0.1',
      },
      options,
    );
    expect(facts.labels).toEqual({
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': 'node-a',
      'kubernetes.io/os': 'linux',
    });
    expect(facts.capacity).toEqual({ cpu: '2', memory: '4096Ki', 'ephemeral-storage': '10Ki', pods: '110' });
    expect(facts.containerRuntimeVersion).toBe('containerd://1.6.20');
  });

  it('can be read from this machine', () => {
    const machine = readMachine('/does/not/exist/yet');
    expect(machine.memoryBytes).toBeGreaterThan(0);
    expect(machine.diskBytes).toBeGreaterThanOrEqual(machine.diskFreeBytes);
    expect(machine.internalIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it('come from the files of the kernel and the distribution', () => {
    expect(meminfoBytes('MemTotal:       24684212 kB\nMemFree: 1 kB\n', 'MemTotal')).toBe(24684212 * 1024);
    expect(osImage('NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    );
    const routes = [
      'Iface Destination Gateway Flags RefCnt Use Metric Mask',
      'eth1 00000000 0101A8C0 0003 0 0 200 00000000',
      'eth0 00000000 0101A8C0 0003 0 0 100 00000000',
      'eth0 0001A8C0 00000000 0001 0 0 0 00FFFFFF',
    ];
    expect(defaultRouteInterface(routes.join('\n'))).toBe('eth0');
    expect(defaultRouteInterface('')).toBeUndefined();
  });
});

describe('the logger', () => {
  const capture = () => {
    const lines: string[] = [];
    const logger = createLogger(
      { service: 'api', level: 'debug' },
      { write: (line) => void lines.push(line) },
    );
    return { lines, logger, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
  };

  it('writes JSON with the service and an RFC 3339 time', () => {
    const { logger, last } = capture();
    logger.info({ pod: 'default/web' }, 'started');
    expect(last()).toMatchObject({ level: 'info', service: 'api', pod: 'default/web', msg: 'started' });
    expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('SYS-13 keeps secrets out', () => {
    const { lines, logger } = capture();
    logger.info(
      { request: { headers: { authorization: 'hunter2' } }, secret: { data: { a: 'hunter2' } } },
      'x',
    );
    logger.error(new Error('connect to postgres://me:hunter2@db:5432/x failed'));
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('postgres://me:***@db');
  });

  it("takes Nest's messages", () => {
    const { logger, last } = capture();
    const nest = new NestLogger(logger);
    nest.error('broken', 'Error: at x', 'RoutesResolver');
    expect(last()).toMatchObject({
      level: 'error',
      msg: 'broken',
      context: 'RoutesResolver',
      stack: 'Error: at x',
    });
    nest.log('Mapped', 'Router');
    expect(last()).toMatchObject({ level: 'debug', context: 'Router' });
  });
});

describe('time, identity, metrics', () => {
  it('a timer can be cancelled, and a long one does not fire at once', async () => {
    const clock = new SystemClock();
    const fired: string[] = [];
    const cancelLong = clock.after(2 ** 33, () => fired.push('long'));
    const cancel = clock.after(1, () => fired.push('cancelled'));
    cancel();
    await new Promise<void>((done) => clock.after(5, done));
    cancelLong();
    cancelLong();
    expect(fired).toEqual([]);
  });

  it('ids differ', () => {
    expect(new RandomIds().uuid()).not.toBe(new RandomIds().uuid());
  });

  it('the registry tells the version', async () => {
    expect(await createMetrics('api').metrics()).toContain(`podbus_build_info{version="${podbusVersion()}"`);
  });
});
