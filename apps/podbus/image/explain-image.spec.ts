import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCliIn } from '#testing/run-cli.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podbus-explain-'));
  const login = { username: 'planted-user', password: 'planted-word' };
  const keys = [
    'https://index.docker.io/v1/',
    'registry.example:5000',
    'registry.example:5000/team',
    'bad:*',
  ];
  const auths = Object.fromEntries(keys.map((key) => [key, login]));
  writeFileSync(join(dir, 'keys.json'), JSON.stringify({ auths }));
  writeFileSync(join(dir, 'broken.json'), 'not json');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const explain = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runCliIn(dir, ['image', 'explain', ...args], env);

describe('podbus image explain', () => {
  it('IMG-01 IMG-24 prints the parts of a name and the keys that would be tried', async () => {
    const { code, out, err } = await explain([
      'registry.example:5000/team/app:1.2',
      '--docker-config',
      'keys.json',
      '-o',
      'json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      name: 'registry.example:5000/team/app:1.2',
      registry: 'registry.example:5000',
      repository: 'team/app',
      tag: '1.2',
      digest: null,
      canonical: 'registry.example:5000/team/app:1.2',
      defaultPullPolicy: 'IfNotPresent',
      credentials: ['registry.example:5000/team', 'registry.example:5000'],
    });
    expect(err).toBe(
      `Warning: ${dir}/keys.json: the key "bad:*" is passed over: parse "https://bad:*": invalid port ":*" after host`,
    );
    expect(out + err).not.toContain('planted');
  });

  it('IMG-02 IMG-10 fills in the defaults, for people too', async () => {
    const { out } = await explain(['busybox'], { PODBUS_DOCKER_CONFIG: join(dir, 'keys.json') });
    expect(out.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['name', 'busybox'],
      ['registry', 'docker.io'],
      ['repository', 'library/busybox'],
      ['tag', 'latest'],
      ['digest', '-'],
      ['canonical', 'docker.io/library/busybox:latest'],
      ['defaultPullPolicy', 'Always'],
      ['credentials', 'https://index.docker.io/v1/'],
    ]);
  });

  it('IMG-02 asks the default registry that is configured', async () => {
    const { out } = await explain(['team/app', '-o', 'json'], {
      PODBUS_DEFAULT_REGISTRY: 'registry.example:5000',
      PODBUS_DOCKER_CONFIG: 'keys.json',
    });
    expect(JSON.parse(out)).toMatchObject({
      canonical: 'registry.example:5000/team/app:latest',
      credentials: ['registry.example:5000/team', 'registry.example:5000'],
    });
  });

  it('IMG-04 IMG-10 a digest decides', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const { out } = await explain([`busybox:latest@${digest}`, '-o', 'json'], { HOME: dir });
    expect(JSON.parse(out)).toMatchObject({
      tag: 'latest',
      digest,
      canonical: `docker.io/library/busybox@${digest}`,
      defaultPullPolicy: 'IfNotPresent',
      credentials: [],
    });
  });

  it.each([
    ['Uppercase', 'invalid reference format: repository name (library/Uppercase) must be lowercase'],
    ['', 'invalid reference format'],
    [' busybox', 'invalid reference format'],
    ['app@sha256:short', 'invalid reference format'],
  ])('IMG-01 a bad name %j is told in Kubernetes’s words, exit code 1', async (name, error) => {
    for (const format of [[], ['-o', 'json']])
      expect(await explain([name, ...format])).toEqual({
        code: 1,
        out: '',
        err: `couldn't parse image name "${name}": ${error}`,
      });
  });

  it('IMG-20 a named file that is absent or broken is told, exit code 1', async () => {
    expect(await explain(['busybox', '--docker-config', 'absent.json'])).toEqual({
      code: 1,
      out: '',
      err: `${dir}/absent.json: no Docker configuration is there`,
    });
    expect(await explain(['busybox', '--docker-config', 'broken.json'])).toEqual({
      code: 1,
      out: '',
      err: `${dir}/broken.json: invalid character 'o' in literal null (expecting 'u')`,
    });
  });

  it('is used with one name', async () => {
    expect((await explain([])).code).toBe(2);
    expect((await explain(['a', '-o', 'yaml'])).code).toBe(2);
  });
});
