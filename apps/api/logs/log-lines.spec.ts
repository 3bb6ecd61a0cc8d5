import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { linesFrom, tailStart } from './log-lines.js';

describe('the lines of a log file', () => {
  let dir: string;
  let path: string;
  let file: FileHandle;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'podbus-log-'));
    path = join(dir, '0.log');
    writeFileSync(path, '');
    file = await open(path);
  });
  afterEach(async () => {
    await file.close();
    rmSync(dir, { recursive: true });
  });

  async function read(start: number, more: () => Promise<boolean> = async () => false): Promise<string[]> {
    const lines: string[] = [];
    for await (const piece of linesFrom(file, start, more)) lines.push(...piece.map(String));
    return lines;
  }

  it.each([
    ['', 3, 0],
    ['a\nb\nc\n', 0, 6],
    ['a\nb\nc\n', 1, 4],
    ['a\nb\nc\n', 3, 0],
    ['a\nb\nc\n', 9, 0],
    ['a\nb\nwriting', 1, 2],
  ])('of %j the last %d begin at %d', async (content, count, expected) => {
    writeFileSync(path, content);
    expect(await tailStart(file, count)).toBe(expected);
  });

  it('finds them across blocks, and reads long lines whole', async () => {
    const long = 'x'.repeat(100_000);
    writeFileSync(path, `first\n${long}\nlast\n`);
    expect(await read(await tailStart(file, 2))).toEqual([long, 'last']);
    expect(await read(0)).toEqual(['first', long, 'last']);
  });

  it('goes on with what is added, and reads to the end when told that it was the last', async () => {
    writeFileSync(path, 'a\nhal');
    const added = ['f\nb\n', 'c\nrest'];
    const lines = await read(0, async () => {
      const text = added.shift();
      if (text) appendFileSync(path, text);
      return added.length > 0;
    });
    expect(lines).toEqual(['a', 'half', 'b', 'c', 'rest']);
  });
});
