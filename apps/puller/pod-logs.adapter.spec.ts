import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DiskPodLogs } from './pod-logs.adapter.js';

const root = mkdtempSync(join(tmpdir(), 'podbus-logs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('DiskPodLogs', () => {
  const logs = new DiskPodLogs(root);
  const directory = logs.directoryOf({ namespace: 'default', name: 'web', uid: 'uid-1' });

  it('keeps the logs of the newest instances, and removes what was rotated with its log', async () => {
    await logs.prepare(directory, ['app']);
    const own = join(directory, 'app');
    for (const name of ['8.log', '9.log', '9.log.20261124-000000', '10.log', '11.log'])
      writeFileSync(join(own, name), '');
    await logs.removeBefore(directory, 'app', 10);
    expect(readdirSync(own).sort()).toEqual(['10.log', '11.log']);
    await logs.removeBefore(directory, 'other', 10);
  });

  it('leaves nothing of a pod, and can be asked again', async () => {
    await logs.remove(directory);
    await logs.remove(directory);
    expect(readdirSync(root)).toEqual([]);
  });
});
