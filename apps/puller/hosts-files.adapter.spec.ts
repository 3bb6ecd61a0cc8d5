import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DiskHostsFiles } from './hosts-files.adapter.js';

const home = mkdtempSync(join(tmpdir(), 'podbus-hosts-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('DiskHostsFiles', () => {
  const root = join(home, 'hosts');
  const hosts = new DiskHostsFiles(root);

  it('makes its folder and the file, and leaves alone what stands in it', async () => {
    await hosts.prepare('uid-1');
    const path = await hosts.write('uid-1', '10.0.0.2 web\n');
    await hosts.prepare('uid-1');
    expect(readFileSync(path, 'utf8')).toBe('10.0.0.2 web\n');
  });

  it('writes anew, also what was not prepared', async () => {
    const path = await hosts.write('uid-1', '10.0.0.3 web\n');
    await hosts.write('uid-2', '');
    expect(readFileSync(path, 'utf8')).toBe('10.0.0.3 web\n');
  });

  it('leaves nothing of a pod, and can be asked again', async () => {
    for (const uid of ['uid-1', 'uid-1', 'uid-2']) await hosts.remove(uid);
    expect(readdirSync(root)).toEqual([]);
  });
});
