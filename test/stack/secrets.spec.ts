import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlPlane } from './control-plane.js';

interface Shown {
  metadata: { uid: string; resourceVersion: string; annotations?: Record<string, string> };
  type?: string;
  data?: Record<string, string>;
  imagePullSecrets?: { name: string }[];
  spec?: { imagePullSecrets?: { name: string }[]; serviceAccountName: string };
  message?: string;
  code?: number;
}
const decoded = (value = ''): string => Buffer.from(value, 'base64').toString();

describe('secrets and service accounts, with kubectl', () => {
  let plane: ControlPlane;
  const keyFolder = mkdtempSync(join(tmpdir(), 'podbus-key-'));
  beforeAll(async () => {
    const keyFile = join(keyFolder, 'secrets.key');
    writeFileSync(keyFile, randomBytes(32).toString('base64'));
    plane = await ControlPlane.start({ PODBUS_SECRETS_KEY_FILE: keyFile });
  }, 60_000);
  afterAll(async () => {
    await plane?.stop();
    rmSync(keyFolder, { recursive: true, force: true });
  }, 60_000);

  const kubectl = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await plane.kubectl(...args);
    if (code !== 0) throw new Error(err);
    return out;
  };
  const file = (name: string, content: unknown): string => {
    const path = join(plane.home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const secret = (name: string) => plane.json<Shown>(`/api/v1/namespaces/default/secrets/${name}`);
  const credentials = [
    '--docker-username=ann',
    '--docker-password=hunter2',
    '--docker-email=ann@example.com',
  ];

  it('IMG-26 create secret docker-registry works verbatim', async () => {
    const args = ['--docker-server=https://index.docker.io/v1/', ...credentials];
    expect(await kubectl('create', 'secret', 'docker-registry', 'regcred', ...args)).toBe(
      'secret/regcred created\n',
    );
    const { type, data } = await secret('regcred');
    expect(type).toBe('kubernetes.io/dockerconfigjson');
    expect(JSON.parse(decoded(data?.['.dockerconfigjson']))).toEqual({
      auths: {
        'https://index.docker.io/v1/': {
          username: 'ann',
          password: 'hunter2',
          email: 'ann@example.com',
          auth: Buffer.from('ann:hunter2').toString('base64'),
        },
      },
    });
    await expect(kubectl('create', 'secret', 'docker-registry', 'regcred', ...args)).rejects.toThrow(
      'secrets "regcred" already exists',
    );
  }, 60_000);

  it('IMG-26 a secret made of an existing Docker config file', async () => {
    const config = file('config.json', { auths: { 'r.example:5000': { auth: 'YTpi' } } });
    const made = ['create', 'secret', 'generic', 'filecred', `--from-file=.dockerconfigjson=${config}`];
    await kubectl(...made, '--type=kubernetes.io/dockerconfigjson');
    expect(decoded((await secret('filecred')).data?.['.dockerconfigjson'])).toBe(
      '{"auths":{"r.example:5000":{"auth":"YTpi"}}}',
    );
    const broken = file('broken.json', 'nope');
    const wrong = ['create', 'secret', 'generic', 'x', `--from-file=.dockerconfigjson=${broken}`];
    await expect(kubectl(...wrong, '--type=kubernetes.io/dockerconfigjson')).rejects.toThrow(
      `Secret "x" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'o' in literal null (expecting 'u')`,
    );
  }, 60_000);

  it('IMG-23 get, describe and their columns', async () => {
    expect(await kubectl('get', 'secrets')).toMatch(
      /^NAME +TYPE +DATA +AGE\nfilecred +kubernetes\.io\/dockerconfigjson +1 +\d+s\nregcred +kubernetes\.io\/dockerconfigjson +1 +\d+s\n$/,
    );
    const described = await kubectl('describe', 'secret', 'regcred');
    expect(described).toMatch(
      /Type: +kubernetes\.io\/dockerconfigjson\n\nData\n====\n\.dockerconfigjson: +\d+ bytes/,
    );
    expect(described).not.toContain('hunter2');
    const jsonpath = `jsonpath={.data.\\.dockerconfigjson}`;
    expect(decoded(await kubectl('get', 'secret', 'regcred', '-o', jsonpath))).toContain(
      '"password":"hunter2"',
    );
    expect(await kubectl('get', 'secrets', '--field-selector=type=Opaque', '-o', 'name')).toBe('');
  }, 60_000);

  it('apply makes, changes and leaves; edit and patch change; an immutable one stays', async () => {
    const manifest = (data: object) =>
      file('s.json', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data });
    const apply = (path: string) => kubectl('apply', '-f', path);
    expect(await apply(manifest({ a: 'MQ==', b: 'Mg==' }))).toBe('secret/s created\n');
    expect(await apply(manifest({ a: 'MQ==', b: 'Mg==' }))).toBe('secret/s unchanged\n');
    expect(await apply(manifest({ a: 'Mw==', b: 'Mg==' }))).toBe('secret/s configured\n');
    const applied = await secret('s');
    expect(applied.data).toEqual({ a: 'Mw==', b: 'Mg==' });
    expect(JSON.stringify(applied.metadata.annotations)).toContain('last-applied-configuration');

    await kubectl('patch', 'secret', 's', '-p', '{"data":{"b":null,"c":"NA=="}}');
    await kubectl('patch', 'secret', 's', '--type=merge', '-p', '{"stringData":{"d":"5","e":"6"}}');
    await kubectl('patch', 'secret', 's', '--type=json', '-p', '[{"op":"remove","path":"/data/e"}]');
    expect((await secret('s')).data).toEqual({ a: 'Mw==', c: 'NA==', d: 'NQ==' });
    const editor = file('editor.sh', '#!/bin/sh\nsed -i "s/Mw==/Ng==/" "$1"\n');
    process.env.KUBE_EDITOR = `sh ${editor}`;
    expect(await kubectl('edit', 'secret', 's')).toBe('secret/s edited\n');
    delete process.env.KUBE_EDITOR;
    expect((await secret('s')).data).toMatchObject({ a: 'Ng==' });

    await kubectl('patch', 'secret', 's', '-p', '{"immutable":true}');
    await expect(kubectl('patch', 'secret', 's', '-p', '{"data":{"a":"Nw=="}}')).rejects.toThrow(
      'The Secret "s" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
    const wrong = '[{"op":"test","path":"/data/a","value":"hunter2"}]';
    await expect(kubectl('patch', 'secret', 's', '--type=json', '-p', wrong)).rejects.toThrow(
      'the patch could not be applied: <secret contents redacted>',
    );
    expect(await kubectl('delete', 'secret', 's')).toBe('secret "s" deleted\n');
    await expect(kubectl('get', 'secret', 's')).rejects.toThrow('secrets "s" not found');
  }, 60_000);

  it('replace minds the version that it was made from', async () => {
    await kubectl('create', 'secret', 'generic', 'r', '--from-literal=a=1');
    const old = file('r.json', await kubectl('get', 'secret', 'r', '-o', 'json'));
    await kubectl('patch', 'secret', 'r', '-p', '{"stringData":{"a":"2"}}');
    await expect(kubectl('replace', '-f', old)).rejects.toThrow('the object has been modified');
    const fresh = file('r.json', (await kubectl('get', 'secret', 'r', '-o', 'json')).replace('Mg==', 'Mw=='));
    expect(await kubectl('replace', '-f', fresh)).toBe('secret/r replaced\n');
    expect((await secret('r')).data).toEqual({ a: 'Mw==' });
  }, 60_000);

  it('SYS-06 a watch shows secrets as a get does, also as a table', async () => {
    const path =
      '/api/v1/namespaces/default/secrets?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dr';
    const { type, object } = JSON.parse(await plane.get(path)) as { type: string; object: Shown };
    expect([type, object.data]).toEqual(['ADDED', { a: 'Mw==' }]);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = JSON.parse(await plane.get(path, { accept })) as {
      object: { rows: { cells: unknown[] }[] };
    };
    expect(table.object.rows[0]?.cells.slice(0, 3)).toEqual(['r', 'Opaque', 1]);
    const { metadata } = await secret('r');
    const since = `${path}&resourceVersion=${metadata.resourceVersion}`;
    const changed = plane.get(since);
    await kubectl('patch', 'secret', 'r', '-p', '{"stringData":{"b":"2"}}');
    expect(JSON.parse(await changed)).toMatchObject({ type: 'MODIFIED', object: { data: { b: 'Mg==' } } });
  }, 60_000);

  it('a secret may be as large as a command', async () => {
    const value = randomBytes(700_000);
    const data = { blob: value.toString('base64') };
    const manifest = file('big.json', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'big' }, data });
    expect(await kubectl('create', '-f', manifest)).toBe('secret/big created\n');
    expect((await secret('big')).data).toEqual(data);
    expect(await kubectl('describe', 'secret', 'big')).toMatch(/blob: +700000 bytes/);
    await kubectl('delete', 'secret', 'big');
  }, 60_000);

  it('SYS-07 SYS-13 the past of a secret can be read until it is deleted, and not after', async () => {
    const { metadata } = await secret('regcred');
    const then = `/api/v1/namespaces/default/secrets/regcred?at=${metadata.resourceVersion}`;
    await kubectl('patch', 'secret', 'regcred', '-p', '{"metadata":{"labels":{"changed":"yes"}}}');
    expect((await plane.json<Shown>(then)).data).toHaveProperty(['.dockerconfigjson']);
    await kubectl('delete', 'secret', 'regcred');
    const shredded = await plane.json<Shown>(then);
    expect(shredded).toMatchObject({
      metadata: {
        uid: metadata.uid,
        annotations: { 'podbus.io/shredded': expect.stringContaining('its key was shredded') },
      },
      type: 'kubernetes.io/dockerconfigjson',
    });
    expect(shredded.data).toBeUndefined();
    const args = ['--docker-server=r.example', ...credentials];
    await kubectl('create', 'secret', 'docker-registry', 'regcred', ...args);
    expect((await secret('regcred')).metadata.uid).not.toBe(metadata.uid);
  }, 60_000);

  it('every namespace has the account default, and has it again when it was deleted', async () => {
    await kubectl('create', 'namespace', 'team');
    expect(await kubectl('get', 'sa', '-A')).toMatch(
      /^NAMESPACE +NAME +SECRETS +AGE\ndefault +default +0 +\d+s\nteam +default +0 +\d+s\n$/,
    );
    await kubectl('delete', 'serviceaccount', 'default', '-n', 'team');
    expect(await kubectl('get', 'sa', '-n', 'team', '-o', 'name')).toBe('serviceaccount/default\n');
    expect(await kubectl('create', 'sa', 'builder')).toBe('serviceaccount/builder created\n');
    expect(await kubectl('describe', 'sa', 'builder')).toMatch(/Image pull secrets: +<none>/);
  }, 60_000);

  it('IMG-27 a pod takes over the pull secrets of its account', async () => {
    await kubectl('patch', 'serviceaccount', 'default', '-p', '{"imagePullSecrets": [{"name": "regcred"}]}');
    const pod = async (name: string, spec: object = {}): Promise<Shown> => {
      const containers = [{ name: 'c', image: 'registry.test/app:1' }];
      const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } };
      return (await plane.command('pod', 'create', manifest)) as unknown as Shown;
    };
    expect((await pod('inherits')).spec).toMatchObject({
      serviceAccountName: 'default',
      imagePullSecrets: [{ name: 'regcred' }],
    });
    const own = { imagePullSecrets: [{ name: 'mine' }, { name: '' }] };
    expect(await pod('own', own)).toMatchObject({
      spec: own,
      warnings: ['spec.imagePullSecrets[1].name: invalid empty name ""'],
    });
    expect((await pod('other', { serviceAccountName: 'builder' })).spec?.imagePullSecrets).toBeUndefined();
    const nobody = file('nobody.json', {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'nobody' } },
      spec: { serviceAccountName: 'nobody', containers: [{ name: 'c', image: 'i' }] },
    });
    await expect(kubectl('create', '-f', nobody)).rejects.toThrow(
      'pods "nobody" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    );
    await kubectl('delete', 'serviceaccount', 'default');
    expect((await pod('later')).spec?.imagePullSecrets).toBeUndefined();
  }, 60_000);

  it('explain and api-resources know both', async () => {
    expect(await kubectl('api-resources')).toMatch(
      /secrets +v1 +true +Secret\nserviceaccounts +sa +v1 +true +Serv/,
    );
    expect(await kubectl('explain', 'secret.stringData')).toContain('map[string]string');
  }, 60_000);
});
