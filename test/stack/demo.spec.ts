import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from '@jest/globals';
import { PodbusHome } from './podbus-process.js';

const home = new PodbusHome();
afterAll(() => home.destroy(), 60_000);

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('podbus-demo-'));

describe('podbus demo', () => {
  it('tells its story in under a minute and leaves nothing behind', async () => {
    const before = leftovers();
    const { code, out, err } = await home.run('demo');
    expect([code, err]).toEqual([0, '']);
    for (const type of ['PodAdmitted', 'ImagePulled', 'HookSucceeded', 'ContainerBackedOff', 'PodDeleted'])
      expect(out).toContain(type);
    expect(out).toMatch(/row for row/);
    expect(out).not.toContain('\u001b');
    expect(leftovers()).toEqual(before);
  }, 60_000);
});
