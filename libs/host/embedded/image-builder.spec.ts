import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '#testing/eventually.js';
import { buildImage, imageArchive } from './image-builder.js';
import { pauseImage } from './pause.image.js';

describe('buildImage', () => {
  const recipe = {
    files: [
      { path: 'etc/', mode: 0o700 },
      { path: 'etc/a', content: Buffer.from('a') },
    ],
    cmd: ['x'],
  };

  it('gives equal recipes equal digests, and others others', () => {
    expect(buildImage(recipe)).toEqual(buildImage(recipe));
    expect(buildImage({ ...recipe, cmd: ['y'] }).config.digest).not.toBe(buildImage(recipe).config.digest);
  });

  it('makes archives that tar reads', () => {
    const archive = imageArchive(buildImage(recipe), 'example.com/a:1');
    const listed = execFileSync('tar', ['-t'], { input: archive, encoding: 'utf8' }).trim().split('\n');
    expect(listed.slice(0, 2)).toEqual(['oci-layout', 'index.json']);
    const index = execFileSync('tar', ['-xO', 'index.json'], { input: archive, encoding: 'utf8' });
    expect(index).toContain('"io.containerd.image.name":"example.com/a:1"');
    expect(index).toMatch(/"io.containerd.image.name":"example.com\/a@sha256:[0-9a-f]{64}"/);
  });
});

describe('pauseImage', () => {
  it.each(['x64', 'arm64'])('holds a tiny static executable for %s', (arch) => {
    const [layer] = pauseImage(arch).layers;
    const program = execFileSync('tar', ['-xO', 'pause'], { input: layer?.content });
    expect(program.subarray(0, 4)).toEqual(Buffer.from('\x7fELF', 'latin1'));
    expect(program.length).toBeLessThan(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('waits, and ends in order at %s', async (signal) => {
    const dir = mkdtempSync(join(tmpdir(), 'podbus-pause-'));
    const [layer] = pauseImage().layers;
    execFileSync('tar', ['-x', '-C', dir], { input: layer?.content });
    const child = spawn(join(dir, 'pause'), { stdio: 'ignore' });
    try {
      const isWaiting = () =>
        /^Name:\tpause$[\s\S]*^State:\tS/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
      await eventually('it waits', isWaiting, 3_000);
      const ended = once(child, 'exit');
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
