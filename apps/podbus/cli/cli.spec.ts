import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCliIn } from '#testing/run-cli.js';
import { writeReadyFile } from './ready-file.js';

let home: string;
let server: Server;
let url: string;
const asked: string[] = [];

const table = {
  columnDefinitions: [
    { name: 'Name', priority: 0 },
    { name: 'Status', priority: 0 },
    { name: 'Node', priority: 1 },
  ],
  rows: [{ cells: ['web', 'Running', 'node-a'], object: { metadata: { namespace: 'team-a' } } }],
};
const answers: Record<string, [number, unknown]> = {
  '/api/v1/namespaces/default/pods?at=7': [200, table],
  '/api/v1/pods?at=7': [200, table],
  '/api/v1/namespaces/default/pods/gone?at=7': [
    404,
    { kind: 'Status', reason: 'NotFound', message: 'pods "gone" not found', code: 404 },
  ],
};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'podbus-cli-'));
  server = createServer((request, response) => {
    asked.push(request.url!);
    const [code, body] = answers[request.url!] ?? [404, { message: 'what?' }];
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

const run = (args: string[], env: NodeJS.ProcessEnv = {}, stdin = '') => runCliIn(home, args, env, stdin);

describe('exit codes', () => {
  it('0 for help and the version', async () => {
    expect((await run(['--help'])).code).toBe(0);
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it('2 for wrong usage, with what is wrong', async () => {
    expect(await run(['nonsense'])).toMatchObject({ code: 2, err: expect.stringContaining('nonsense') });
    expect(await run(['history'])).toMatchObject({ code: 2 });
    expect(await run(['events', '--after', 'x'])).toMatchObject({ code: 2 });
    expect(await run(['at', '7', 'describe', 'pods'])).toMatchObject({ code: 2 });
    expect(await run(['at', '7', 'get', 'gadgets', '--server', url])).toMatchObject({ code: 2 });
  });

  it('3 when podbus is not there', async () => {
    expect(await run(['events'])).toMatchObject({ code: 3, err: expect.stringContaining('podbus up') });
    const closed = 'http://127.0.0.1:1';
    expect(await run(['events', '--server', closed])).toMatchObject({ code: 3 });
    const pod = JSON.stringify({ kind: 'Pod', metadata: { name: 'x' } });
    const args = ['apply', '-f', '-', '--nats', 'nats://127.0.0.1:1'];
    expect(await run(args, {}, pod)).toMatchObject({ code: 3 });
  });

  it('1 for a refusal, in the words of podbus', async () => {
    expect(await run(['at', '7', 'get', 'pod/gone', '--server', url])).toEqual({
      code: 1,
      out: '',
      err: 'Error from podbus (NotFound): pods "gone" not found',
    });
  });

  it('1 for a bad configuration', async () => {
    expect(await run(['doctor'], { PODBUS_HTPP: 'x' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean PODBUS_HTTP'),
    });
  });
});

describe('reading the past', () => {
  it('SYS-07 prints a table as kubectl does, found through ready.json', async () => {
    writeReadyFile(home, {
      http: url,
      nats: '',
      postgres: '',
      containerd: '',
      node: 'n',
      kubeconfig: '',
      pid: 1,
    });
    expect(await run(['at', '7', 'get', 'pods'])).toEqual({
      code: 0,
      err: '',
      out: 'NAME   STATUS\nweb    Running',
    });
    const wide = await run(['at', '7', 'get', 'po', '-A', '-o', 'wide']);
    expect(wide.out).toBe('NAMESPACE   NAME   STATUS    NODE\nteam-a      web    Running   node-a');
  });

  it('prints what the server said as YAML', async () => {
    expect((await run(['at', '7', 'get', 'pods', '-o', 'yaml'])).out).toContain('- name: Status');
    expect(asked.at(-1)).toBe('/api/v1/namespaces/default/pods?at=7');
  });
});

describe('apply', () => {
  it('tells what is no manifest', async () => {
    expect(await run(['apply', '-f', '-'], {}, '')).toMatchObject({ code: 2, err: '- holds no manifest' });
    expect(await run(['apply', '-f', '-'], {}, 'a: [')).toMatchObject({ code: 1 });
    expect(await run(['apply', '-f', '-'], {}, 'kind: Gadget')).toMatchObject({
      code: 1,
      err: expect.stringContaining('knows no kind Gadget'),
    });
    expect(await run(['apply', '-f', 'absent.yaml'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('ENOENT'),
    });
  });
});
