import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '#host/config.js';
import { startTicks } from '#host/embedded/managed-process.js';
import { createLogger } from '#host/logger.js';
import { readReadyFile, removeReadyFile, writeReadyFile } from '../cli/ready-file.js';
import type { EmbeddedPart } from './embedded-parts.js';
import { livingPodbus, lockHome } from './home-lock.js';
import { kubeconfig } from './kubeconfig.js';
import { checkPort } from './preflight.js';
import { runPodbus } from './run-podbus.js';
import { startParts } from './start-parts.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'podbus-up-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('a home', () => {
  it('belongs to one podbus at a time', () => {
    const unlock = lockHome(home);
    expect(livingPodbus(home)).toBe(process.pid);
    unlock();
    expect(livingPodbus(home)).toBeUndefined();
  });

  it('is refused while another lives there, by its process id', () => {
    writeFileSync(join(home, 'podbus.pid.json'), JSON.stringify({ pid: 1, startTicks: ticksOfInit() }));
    expect(() => lockHome(home)).toThrow(/runs on .* already, as process 1\. End it with podbus down/);
  });

  it('SYS-10 is taken from one that crashed, also when its pid is in use again', () => {
    writeFileSync(join(home, 'podbus.pid.json'), JSON.stringify({ pid: 1, startTicks: '-1' }));
    lockHome(home)();
  });

  it('that was made for a start that came to nothing is removed; one that holds something stays', () => {
    const made = join(home, 'new');
    lockHome(made)();
    expect(existsSync(made)).toBe(false);
    const unlock = lockHome(made);
    writeFileSync(join(made, 'kubeconfig'), '');
    unlock();
    expect(existsSync(made)).toBe(true);
  });
});

describe('what is looked at before a start', () => {
  it('says that root is needed, and does not even make its home', async () => {
    const getuid = jest.spyOn(process as Required<NodeJS.Process>, 'getuid').mockReturnValue(1000);
    const said: string[] = [];
    const config = loadConfig({ env: { PODBUS_HOME: join(home, 'new') } });
    const logger = createLogger({ service: 'podbus', level: 'silent' });
    try {
      await expect(runPodbus(config, logger, (line) => said.push(line))).rejects.toThrow(
        'the embedded containerd needs root: run as root, or set PODBUS_CONTAINERD_ADDRESS.',
      );
      expect([said, readdirSync(home)]).toEqual([[], []]);
    } finally {
      getuid.mockRestore();
    }
  });

  it('names the setting where the API could not listen', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const address = { host: '127.0.0.1', port };
    await expect(checkPort(address)).rejects.toThrow(
      `The API cannot listen on 127.0.0.1:${port}: the port is taken. Set PODBUS_HTTP to another one (port 0: any).`,
    );
    await new Promise((closed) => server.close(closed));
    await expect(checkPort(address)).resolves.toBeUndefined();
    await expect(checkPort({ host: '192.0.2.1', port: 0 })).rejects.toThrow(/EADDRNOTAVAIL.*PODBUS_HTTP/);
  });
});

const ticksOfInit = (): string => {
  lockHome(home)();
  return startTicks(1)!;
};

describe('ready.json', () => {
  it('is for its owner only: it holds passwords', () => {
    const ready = {
      http: 'h',
      nats: 'n',
      postgres: 'p',
      containerd: 'c',
      node: 'x',
      kubeconfig: 'k',
      pid: 1,
    };
    writeReadyFile(home, ready);
    expect(readReadyFile(home)).toEqual(ready);
    expect(statSync(join(home, 'ready.json')).mode & 0o777).toBe(0o600);
    removeReadyFile(home);
    expect(readReadyFile(home)).toBeUndefined();
  });
});

describe('the kubeconfig', () => {
  it('has one context, podbus', () => {
    expect(parse(kubeconfig('http://127.0.0.1:7070'))).toMatchObject({
      kind: 'Config',
      'current-context': 'podbus',
      clusters: [{ name: 'podbus', cluster: { server: 'http://127.0.0.1:7070' } }],
      contexts: [{ name: 'podbus', context: { cluster: 'podbus', user: 'podbus' } }],
    });
  });
});

describe('starting parts', () => {
  const undone: string[] = [];
  const part = (name: EmbeddedPart['name'], start: EmbeddedPart['start']): EmbeddedPart => ({
    name,
    start,
    stop: async () => undefined,
    undoStart: async () => void undone.push(name),
    down: async () => undefined,
    destroy: async () => undefined,
  });
  const fine = (adopted: boolean) => async () => ({ address: 'x://user:secret@host', pid: 1, adopted });

  it('tells of each, without its password', async () => {
    const said: string[] = [];
    await startParts([part('NATS', fine(true)), part('Postgres', fine(false))], (line) => said.push(line));
    expect(said).toEqual([
      expect.stringMatching(/^ {2}NATS {8}adopted, x:\/\/host \(\d+ms\)$/),
      expect.stringMatching(/^ {2}Postgres {4}started, x:\/\/host \(\d+ms\)$/),
    ]);
  });

  it('leaves nothing half-started behind, and adopted parts as they were', async () => {
    const parts = [
      part('NATS', fine(true)),
      part('Postgres', fine(false)),
      part('containerd', () => Promise.reject(new Error('needs root'))),
    ];
    await expect(startParts(parts, () => undefined)).rejects.toThrow(
      'containerd could not be started: needs root',
    );
    expect(undone).toEqual(['Postgres']);
  });
});
