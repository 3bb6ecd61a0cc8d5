import { describe, expect, it } from '@jest/globals';
import { catalogue } from '#contracts/events/catalogue.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import { formatBytes, formatDuration, formatOffset } from './duration.js';
import { logLine, sentenceOf, Timeline } from './timeline.js';

const event = (type: string, data: object, at = '2026-11-24T03:14:00.000Z'): RecordedEvent => ({
  type,
  data: { uid: 'u', ...data },
  position: 7,
  id: 'e',
  stream: 'pod/default/web',
  version: 1,
  schemaVersion: 1,
  recordedAt: at,
  metadata: { actor: 'puller/node-a' },
});

describe('a timeline', () => {
  it('counts from its first event', () => {
    const timeline = new Timeline();
    expect(timeline.line(event('PodScheduled', { node: 'node-a' }))).toBe(
      '  +0.000s  PodScheduled          assigned to node node-a',
    );
    expect(
      timeline.line(event('ContainerStarted', { container: 'web', instance: 2 }, '2026-11-24T03:14:01.250Z')),
    ).toBe('  +1.250s  ContainerStarted      web: started (restart 2)');
  });

  it('says what went wrong on one line', () => {
    const why = { reason: 'ErrImagePull', message: 'rpc error:\n  not found' };
    const failed = { container: 'app', ...why, attempts: [] };
    expect(sentenceOf(event('ImageFailed', failed))).toBe('app: ErrImagePull: rpc error: not found');
    const exited = { container: 'app', exitCode: 7, reason: 'Error' };
    expect(sentenceOf(event('ContainerExited', exited))).toBe('app: ended, exit code 7 (Error)');
  });

  it('IMG-25 says which credentials were tried, in order', () => {
    const attempts = [
      { source: 'secret', namespace: 'team', name: 'pull', uid: 'u', key: 'r.io', result: 'failed' },
      { source: 'node', name: '/config.json', key: '*.io', result: 'succeeded' },
    ];
    const pulled = { container: 'app', image: 'r.io/app', sizeBytes: 1536, pullMs: 12, attempts };
    expect(sentenceOf(event('ImagePulled', pulled))).toBe(
      'app: pulled r.io/app, 1.5 KiB in 12ms; tried secret team/pull (r.io): failed, node /config.json (*.io): succeeded',
    );
  });

  it('names an event that it does not know', () => {
    expect(logLine(event('PodTeleported', {}))).toBe(
      '     7  2026-11-24T03:14:00.000Z  pod/default/web  PodTeleported',
    );
  });

  it.each(Object.keys(catalogue))('has words for %s', (type) => {
    const special: Record<string, unknown> = {
      manifest: { spec: { containers: [] } },
      command: [],
      names: [],
      attempts: [],
      secret: { type: 'Opaque', sizes: { a: 1 } },
    };
    const anything: unknown = new Proxy({}, { get: (_, key) => special[String(key)] ?? 'x' });
    const spoken = {
      ...event(type, {}),
      data: type === 'NodeRegistered' ? { facts: { capacity: {} } } : anything,
    };
    expect(sentenceOf(spoken)).not.toBe('');
  });
});

describe('durations and sizes', () => {
  it.each([
    [12, '12ms'],
    [1_340, '1.3s'],
    [80_000, '1m20s'],
    [7_500_000, '2h05m'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [0, '+0.000s'],
    [12_345, '+12.345s'],
    [80_001, '+1m20.001s'],
    [7_261_000, '+2h01m01.000s'],
  ])('%d ms later is %s', (ms, text) => expect(formatOffset(ms)).toBe(text));

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
