import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { NodeDockerConfig, readDockerConfig } from './docker-config.file.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podbus-docker-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string): string => {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
};
const entry = (username: string) => ({ 'r.io': { username, password: 'p' } });
const modern = (username: string) => JSON.stringify({ auths: entry(username) });
const legacy = (username: string) => JSON.stringify(entry(username));
const places = () => ({
  kubeletRoot: join(root, 'kubelet'),
  cwd: join(root, 'cwd'),
  home: join(root, 'home'),
});
const userOf = async (named?: string) => {
  const { file, problems } = await readDockerConfig({ ...places(), named });
  return { user: file?.entries[0]?.login.username, path: file?.path, problems };
};

describe('readDockerConfig', () => {
  it('IMG-20 the first file of the page’s places wins, modern ones before legacy ones', async () => {
    const inOrder = [
      ['kubelet/config.json', modern('a')],
      ['cwd/config.json', modern('b')],
      ['home/.docker/config.json', modern('c')],
      ['kubelet/.dockercfg', legacy('d')],
      ['cwd/.dockercfg', legacy('e')],
      ['home/.dockercfg', legacy('f')],
    ] as const;
    for (const [index, [path, text]] of inOrder.toReversed().entries()) {
      const full = write(path, text);
      expect(await userOf()).toEqual({ user: 'fedcba'[index], path: full, problems: [] });
    }
  });

  it('IMG-20 an invalid file is passed over and told of', async () => {
    const bad = write('kubelet/config.json', 'not json');
    const good = write('cwd/config.json', '{}');
    expect(await userOf()).toEqual({
      user: undefined,
      path: good,
      problems: [`${bad}: invalid character 'o' in literal null (expecting 'u')`],
    });
  });

  it('IMG-20 a named file or directory is the only one that counts', async () => {
    write('kubelet/config.json', modern('a'));
    expect(await userOf(write('other/mine.json', modern('m')))).toMatchObject({ user: 'm' });
    write('dir/.dockercfg', legacy('l'));
    expect(await userOf(join(root, 'dir'))).toMatchObject({ user: 'l' });
    write('dir/config.json', modern('n'));
    expect(await userOf(join(root, 'dir'))).toMatchObject({ user: 'n' });
    const absent = join(root, 'absent.json');
    expect(await userOf(absent)).toEqual({
      user: undefined,
      path: undefined,
      problems: [`${absent}: no Docker configuration is there`],
    });
  });
});

describe('NodeDockerConfig', () => {
  it('IMG-20 reads again after five minutes, also when there was nothing', async () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const named = join(root, 'config.json');
    const config = new NodeDockerConfig({ ...places(), named }, clock, (text) => warnings.push(text));
    const users = async () => (await config.entries()).map(({ login }) => login.username);
    expect(await users()).toEqual([]);
    write('config.json', modern('a'));
    expect(await users()).toEqual([]);
    await clock.advance(5 * 60_000);
    expect(await users()).toEqual(['a']);
    write('config.json', modern('b'));
    await clock.advance(5 * 60_000 - 1);
    expect(await users()).toEqual(['a']);
    await clock.advance(1);
    expect(await users()).toEqual(['b']);
    expect(warnings).toEqual([
      `registry credentials of the node: ${named}: no Docker configuration is there`,
    ]);
  });
});
