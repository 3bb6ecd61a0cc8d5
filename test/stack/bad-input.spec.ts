import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAdmission } from '#apps/admission/admission.server.js';
import type { Status } from '#contracts/status.js';
import { createLogger } from '#host/logger.js';
import { NestLogger } from '#host/nest-logger.adapter.js';
import { TestApi } from '#testing/servers/api.server.js';

let api: TestApi;
let admission: Awaited<ReturnType<typeof startAdmission>>;
beforeAll(async () => {
  api = await TestApi.start();
  const logger = new NestLogger(createLogger({ service: 'admission', level: 'silent' }));
  admission = await startAdmission(api.infrastructure, logger);
}, 60_000);
afterAll(async () => {
  await admission?.close();
  await api?.stop();
});

const pods = '/api/v1/namespaces/default/pods';

async function overNats(body: string): Promise<Status> {
  const { client } = api.infrastructure.nats;
  return (await client.request('podbus.v1.command.pod.create', body, { timeout: 10_000 })).json();
}
async function overRest(body: string): Promise<Status> {
  const headers = { 'content-type': /^\s*[{[]/.test(body) ? 'application/json' : 'application/yaml' };
  const response = await api.fetch(pods, { method: 'POST', body, headers });
  const status = (await response.json()) as Status;
  expect(response.status).toBe(status.code);
  return status;
}

const c = { name: 'c', image: 'i' };
const pod = (spec: object = {}, metadata: object = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...metadata },
    spec: { containers: [c], ...spec },
  });
const head = '"apiVersion":"v1","kind":"Pod"';
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i > 0 ? `*a${i - 1},`.repeat(9) : 'x'}]`);
const many = (count: number, of: (index: number) => object) => Array.from({ length: count }, (_, i) => of(i));

/** Body, code, and what the message has to name. */
const manifests: [string, string, number, RegExp][] = [
  ['cut JSON', '{"kind":', 400, /json parse error/],
  ['bad YAML', 'kind: [', 400, /yaml: .*line 1/],
  ['text', 'hello', 400, /cannot unmarshal string into Go value of type v1\.Pod/],
  ['nothing', '', 400, /the body is empty/],
  ['a list', '[]', 400, /cannot unmarshal array/],
  ['an unknown kind', '{"apiVersion":"v1","kind":"Gadget"}', 400, /Gadget in version "v1" .* a Pod/],
  ['an unknown version', '{"apiVersion":"v9","kind":"Pod"}', 400, /\(v9\)/],
  ['several documents', 'kind: Pod\n---\nkind: Pod', 400, /several YAML documents/],
  [
    'broken rules',
    pod({ containers: [] }, { name: 'UPPER' }),
    422,
    /metadata\.name: .*spec\.containers: Req/s,
  ],
  ['an unknown field', pod({ nonsense: 1 }), 400, /unknown field "spec\.nonsense"/],
  ['a field not honoured', pod({ hostNetwork: true }), 422, /spec\.hostNetwork: Forbidden: podbus does not/],
  ['a field twice', `{${head},"metadata":{"name":"p","name":"q"}}`, 400, /duplicate field "metadata\.name"/],
  ['a key twice in YAML', 'kind: Pod\nkind: Pod', 400, /key "kind" already set/],
  ['a wrong type', pod({ containers: 'x' }), 400, /string into .* PodSpec\.spec\.containers/],
  ['text for an object', `{${head},"metadata":"abc"}`, 400, /string into .* Pod\.metadata/],
  ['deep JSON', `{${head},"spec":${deep(200_000)}}`, 400, /array into .* Pod\.spec/],
  ['deep YAML', `kind: Pod\nspec: ${deep(20_000)}`, 400, /yaml: /],
  ['an alias bomb', bomb.join('\n'), 400, /Excessive alias count/],
  ['a NUL in a name', pod({}, { name: 'a\0b' }), 400, /^metadata\.name: .*U\+0000/],
  [
    'a NUL in a command',
    pod({ containers: [{ ...c, command: ['\0'] }] }),
    400,
    /^spec\.containers\[0\]\.command\[0\]/,
  ],
  ['a NUL in a key', pod({}, { labels: { '\0': 'b' } }), 400, /^metadata\.labels\./],
  ['half a pair', pod({}, { annotations: { a: '\ud800' } }), 400, /^metadata\.annotations\.a: /],
  ['control characters', '{\0\u0001', 400, /json parse error/],
  ['a bell in a label', pod({}, { labels: { a: '\u0007' } }), 422, /metadata\.labels: .*"\\u0007"/],
  [
    'a list of bad items',
    pod({ containers: many(15_000, () => ({ name: 'C_' })) }),
    422,
    /containers\[0\]\.name/,
  ],
  [
    'many unknown fields',
    pod(Object.fromEntries(many(9_999, () => ({})).map((_, i) => [`x${i}`, i]))),
    400,
    /spec\.x0/,
  ],
  [
    'a body over the limit',
    pod({}, { annotations: { a: 'x'.repeat(1024 * 1024) } }),
    413,
    /limit is 1048576/,
  ],
  [
    'annotations over the limit',
    pod({}, { annotations: { a: 'x'.repeat(300_000) } }),
    422,
    /metadata\.annotations/,
  ],
];

describe('a manifest that makes no sense', () => {
  it.each(manifests)('is refused alike on NATS and REST: %s', async (_, body, code, names) => {
    const status = await overNats(body);
    expect(status).toMatchObject({ kind: 'Status', status: 'Failure', code });
    expect(status.message).toMatch(names);
    expect(await overRest(body)).toEqual(status);
  });

  it('leaves nothing but its refusals in the log, and podbus takes the next one', async () => {
    const events = await api.infrastructure.log.readAll({ after: 0, limit: 1_000 });
    const types = new Set(events.map(({ type }) => type));
    expect([...types].sort()).toEqual(['CommandRejected', 'NamespaceCreated']);
    expect(await overNats(pod({}, { name: 'good' }))).toMatchObject({ kind: 'Pod' });
    const again = await overNats(pod({}, { name: 'good' }));
    expect(again).toMatchObject({ code: 409, message: 'pods "good" already exists' });
    expect(await overRest(pod({}, { name: 'good' }))).toEqual(again);
    expect(await overNats(pod({}, { namespace: 'nosuch' }))).toMatchObject({ code: 404 });
    expect(await overRest(pod({}, { namespace: 'nosuch' }))).toMatchObject({ code: 400 });
  });

  it('does not make memory grow', async () => {
    const bodies = manifests.map(([, body]) => body).filter((body) => body.length < 1_000);
    const round = () => Promise.all(bodies.map((body) => Promise.all([overNats(body), overRest(body)])));
    for (let warm = 0; warm < 5; warm++) await round();
    const before = process.memoryUsage().heapUsed;
    for (let rounds = 0; rounds < 20; rounds++) await round();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  }, 60_000);
});

describe('a request that makes no sense', () => {
  const json = { 'content-type': 'application/json' };
  it.each<[string, RequestInit, number, RegExp]>([
    ['/api/v1/pods?limit=-1', {}, 400, /limit: invalid value "-1"/],
    ['/api/v1/pods?continue=xyz', {}, 400, /continue: invalid value "xyz"/],
    ['/api/v1/pods?labelSelector=a+in+(', {}, 400, /unable to parse requirement/],
    ['/api/v1/pods?fieldSelector=x', {}, 400, /invalid selector: 'x'/],
    ['/api/v1/pods?fieldSelector=metadata.name%3D%00', {}, 400, /U\+0000/],
    ['/api/v1/pods?at=2026-02-30T00:00:00Z', {}, 400, /at: invalid value/],
    ['/api/v1/pods?at=1.5', {}, 400, /at: invalid value "1.5"/],
    ['/api/v1/pods?watch=true&resourceVersion=bogus', {}, 400, /resourceVersion: invalid value "bogus"/],
    ['/api/v1/pods?watch=true&resourceVersion=99999999', {}, 504, /Too large resource version: 99999999/],
    ['/api/v1/pods?watch=true&limit=-1', {}, 400, /limit: invalid value/],
    ['/api/v1/pods?watch=true&continue=x', {}, 400, /continue: invalid value/],
    ['/api/v1/pods?watch=true&resourceVersionMatch=Exact&resourceVersion=1', {}, 400, /resourceVersionMatch/],
    [`${pods}/%00`, {}, 400, /U\+0000/],
    [`${pods}/x%00/log`, {}, 400, /U\+0000/],
    [`${pods}/${'a'.repeat(600)}`, {}, 400, /too long/],
    ['/%E0%A4%A', {}, 400, /not a valid url/],
    [pods, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }, 415, /\(text\/plain\)/],
    [pods, { method: 'PUT' }, 404, /could not find/],
    [`${pods}/x`, { method: 'PUT' }, 405, /update of pods is not supported/],
    [
      `${pods}/x`,
      { method: 'DELETE', body: '{"gracePeriodSeconds":-1}', headers: json },
      422,
      /gracePeriodSeconds/,
    ],
    [
      `${pods}/x`,
      { method: 'DELETE', body: `{"gracePeriodSeconds":${deep(100_000)}}`, headers: json },
      422,
      /gracePeriodSeconds/,
    ],
    ['/podbus/v1/events?type=Nonsense', {}, 400, /type: invalid value "Nonsense"/],
    ['/podbus/v1/events?stream=nonsense', {}, 400, /stream: invalid value "nonsense"/],
    ['/podbus/v1/events?limit=0', {}, 400, /limit/],
    ['/podbus/v1/replays', { method: 'POST', body: '{' }, 400, /json parse error/],
  ])('is refused by a Status that names what is wrong: %s %j', async (path, init, code, names) => {
    const response = await api.fetch(path, init);
    const status = (await response.json()) as Status;
    expect([response.status, status]).toEqual([code, expect.objectContaining({ kind: 'Status', code })]);
    expect(status.message).toMatch(names);
  });
});
