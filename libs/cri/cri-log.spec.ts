import { describe, expect, it } from '@jest/globals';
import { parseCriLogLine } from './cri-log.js';

const time = '2026-11-23T19:15:05.123456789Z';
const read = (line: string) => {
  const parsed = parseCriLogLine(Buffer.from(line));
  return parsed && { ...parsed, content: parsed.content.toString() };
};

describe('a line of the CRI log format', () => {
  it.each([
    ['stdout F hello  world ', { stream: 'stdout', isPartial: false, content: 'hello  world ' }],
    ['stderr P half', { stream: 'stderr', isPartial: true, content: 'half' }],
    ['stdout F:later:tags x', { stream: 'stdout', isPartial: false, content: 'x' }],
    ['stdout F ', { stream: 'stdout', isPartial: false, content: '' }],
    ['stdout F', { stream: 'stdout', isPartial: false, content: '' }],
  ])('%s', (rest, expected) => {
    expect(read(`${time} ${rest}`)).toEqual({ time, ...expected });
  });

  it.each(['', 'x', time, `${time} stdout`, `${time} stdin F x`, `${time} stdout X x`, ' stdout F x'])(
    'is not %j',
    (line) => {
      expect(read(line)).toBeUndefined();
    },
  );

  it('keeps bytes that are no text', () => {
    const line = Buffer.concat([Buffer.from(`${time} stdout F `), Buffer.from([0xff, 0x00, 0xfe])]);
    expect(parseCriLogLine(line)?.content).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
  });
});
