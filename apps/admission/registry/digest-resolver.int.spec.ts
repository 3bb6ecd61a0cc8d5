import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '#host/embedded/free-port.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';
import { RegistryDigestResolver } from './digest-resolver.adapter.js';

const resolver = new RegistryDigestResolver({ timeoutMs: 3_000 });
const { digest } = fixtureImage().manifest;

describe('on a real registry', () => {
  let open: TestRegistry;
  let closed: TestRegistry;
  const login = { username: 'reader', password: 'secret' };

  beforeAll(async () => {
    open = await startRegistry();
    closed = await startRegistry({ users: { [login.username]: login.password } });
    await Promise.all([open.push('app', '1'), open.push('app', 'latest'), closed.push('app', '1')]);
  }, 30_000);
  afterAll(() => Promise.all([open?.stop(), closed?.stop()]));

  it('IMG-13 finds what a tag, or none, points at', async () => {
    expect(await resolver.resolve(`${open.host}/app:1`)).toEqual({ digest });
    expect(await resolver.resolve(`${open.host}/app`)).toEqual({ digest });
    expect(await resolver.resolve('app:1', { defaultRegistry: open.host })).toEqual({ digest });
  });

  it('does not ask where the name has a digest', async () => {
    const given = `sha256:${'a'.repeat(64)}`;
    expect(await resolver.resolve(`localhost:1/app:1@${given}`)).toEqual({ digest: given });
  });

  it('IMG-13 tries logins in their order where the registry asks for one', async () => {
    const image = `${closed.host}/app:1`;
    const wrong = { username: 'reader', password: 'wrong' };
    expect(await resolver.resolve(image, { logins: [wrong, login] })).toEqual({ digest });
    const refused = { error: `${image}: credentials are needed (HTTP 401)` };
    expect(await resolver.resolve(image)).toEqual(refused);
    expect(await resolver.resolve(image, { logins: [wrong] })).toEqual(refused);
  });

  it.each([
    ['nosuch:1', 'nosuch:1: not found (HTTP 404)'],
    ['app:2', 'app:2: not found (HTTP 404)'],
  ])('tells that %s is not there', async (name, error) => {
    expect(await resolver.resolve(`${open.host}/${name}`)).toEqual({ error: `${open.host}/${error}` });
  });

  it('tells that nobody answers, and what is no name', async () => {
    const nobody = `localhost:${await freePort(0)}`;
    expect(await resolver.resolve(`${nobody}/app:1`)).toEqual({
      error: expect.stringMatching(new RegExp(`^${nobody} can't be asked: .*ECONNREFUSED`)),
    });
    expect(await resolver.resolve('Bad Name')).toMatchObject({ error: expect.stringMatching(/lowercase/) });
  });
});

describe('on a registry that goes its own ways', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;
  const manifest = Buffer.from('{"schemaVersion":2}');
  const manifestDigest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  let server: Server;
  let host: string;
  let answer: Answer;
  const asked: string[] = [];
  const resolve = (logins?: { username: string; password: string }[]) =>
    resolver.resolve(`${host}/app:1`, logins ? { logins } : {});

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => void asked.splice(0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A token service beside the registry; gives a token to anonymous readers, or to this one alone. */
  const withTokens =
    (reader?: string): Answer =>
    (request, response) => {
      const { authorization } = request.headers;
      if (request.url?.startsWith('/token')) {
        const isGiven = reader === undefined || authorization === `Basic ${btoa(reader)}`;
        response.writeHead(isGiven ? 200 : 401).end(isGiven ? '{"token":"t-1"}' : '{}');
      } else if (authorization === 'Bearer t-1') {
        response.writeHead(200, { 'docker-content-digest': manifestDigest }).end();
      } else {
        const challenge = `Bearer realm="http://${host}/token",service="registry",scope="repository:app:pull"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      }
    };

  it('IMG-13 gets a token, anonymously', async () => {
    answer = withTokens();
    expect(await resolve()).toEqual({ digest: manifestDigest });
    expect(asked).toEqual([
      'HEAD /v2/app/manifests/1',
      'GET /token?service=registry&scope=repository%3Aapp%3Apull',
      'HEAD /v2/app/manifests/1',
    ]);
  });

  it('IMG-13 gets a token with a login', async () => {
    answer = withTokens('ann:pw');
    const wrong = { username: 'ann', password: 'no' };
    expect(await resolve([wrong, { username: 'ann', password: 'pw' }])).toEqual({ digest: manifestDigest });
    expect(await resolve([wrong])).toEqual({ error: `${host}/app:1: credentials are needed (HTTP 401)` });
  });

  it('hashes the manifest where the registry does not name the digest', async () => {
    answer = (request, response) => response.end(request.method === 'GET' ? manifest : '');
    expect(await resolve()).toEqual({ digest: manifestDigest });
  });

  it.each<[string, Answer, string]>([
    ['refuses', (_, response) => response.writeHead(403).end(), '/app:1: access is denied (HTTP 403)'],
    ['is busy', (_, response) => response.writeHead(429).end(), '/app:1: too many requests (HTTP 429)'],
    ['is broken', (_, response) => response.writeHead(500).end(), '/app:1: refused (HTTP 500)'],
    [
      'asks for what nobody knows',
      (_, response) => response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end(),
      '/app:1: credentials are needed (HTTP 401)',
    ],
    [
      'names no digest',
      (_, response) => response.writeHead(200, { 'docker-content-digest': 'md5:1' }).end(),
      ' answered with no digest: md5:1',
    ],
    ['hangs up', (request) => request.socket.destroy(), " can't be asked: other side closed"],
    ['hangs', () => undefined, 'no answer from  within 3 s'],
  ])('that %s', async (_, how, error) => {
    answer = how;
    const said = await resolve();
    expect('error' in said && said.error.replace(host, '')).toContain(error);
  });
});
