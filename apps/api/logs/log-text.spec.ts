import { describe, expect, it } from '@jest/globals';
import { logQueryOf } from './log-query.js';
import { LogText } from './log-text.js';

const lines = [
  '2026-11-23T19:15:05.100000000Z stdout F one',
  '2026-11-23T19:15:06.100000000Z stderr P tw',
  '2026-11-23T19:15:06.200000000Z stderr F o',
  'torn by a crash',
  '2026-11-23T19:15:07.100000000Z stdout F three',
];
const shown = (query: ConstructorParameters<typeof LogText>[0]): string => {
  const text = new LogText(query);
  return lines.map((line) => text.of(Buffer.from(line)).toString()).join('');
};

describe('the text of a log', () => {
  it('joins partial lines, and leaves out what is no line of a log', () => {
    expect(shown({ timestamps: false })).toBe('one\ntwo\nthree\n');
  });

  it('puts the time before each whole line', () => {
    expect(shown({ timestamps: true }).split('\n')[1]).toBe('2026-11-23T19:15:06.100000000Z two');
  });

  it('begins at a time, and ends at a size', () => {
    const sinceMs = Date.parse('2026-11-23T19:15:06.000Z');
    expect(shown({ timestamps: false, sinceMs })).toBe('two\nthree\n');
    expect(shown({ timestamps: false, limitBytes: 6 })).toBe('one\ntw');
  });
});

describe('the query of a log', () => {
  it('reads the options of Kubernetes', () => {
    expect(logQueryOf({ container: 'c', follow: 'true', sinceSeconds: '5', tailLines: '0' }, 20_000)).toEqual(
      {
        container: 'c',
        follow: true,
        previous: false,
        timestamps: false,
        tailLines: 0,
        sinceMs: 15_000,
      },
    );
  });

  it.each([
    [{ sinceSeconds: '1', sinceTime: '2026-11-23T19:15:06Z' }, 'sinceTime'],
    [{ sinceTime: 'yesterday' }, 'sinceTime'],
    [{ limitBytes: '0' }, 'limitBytes'],
    [{ tailLines: '-1' }, 'tailLines'],
    [{ at: '5' }, 'at'],
  ])('refuses %j', (query, name) => {
    expect(() => logQueryOf(query, 0)).toThrow(`query parameter ${name}`);
  });
});
