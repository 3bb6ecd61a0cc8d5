import { describe, expect, it } from '@jest/globals';
import { fromContainerStatusMessage } from './container.mapping.js';
import type { ContainerStatusMessage } from './cri.messages.js';

const noonNs = Date.parse('2026-11-25T12:00:00.000Z') * 1e6;
const ms = 1e6;

const status = (times: Pick<ContainerStatusMessage, 'startedAt' | 'finishedAt'>): ContainerStatusMessage => ({
  id: 'c1',
  metadata: { name: 'main', attempt: 0 },
  imageId: '',
  state: 'CONTAINER_EXITED',
  createdAt: noonNs - ms,
  exitCode: 0,
  reason: 'Completed',
  message: '',
  labels: {},
  annotations: {},
  ...times,
});

describe('the times of a container', () => {
  it.each([
    { what: 'in order', startedAt: noonNs, finishedAt: noonNs + 5 * ms, start: '00.000', end: '00.005' },
    {
      what: 'ended before its start was noted',
      startedAt: noonNs + 7 * ms,
      finishedAt: noonNs,
      start: '00.007',
      end: '00.007',
    },
  ])('$what', ({ startedAt, finishedAt, start, end }) => {
    expect(fromContainerStatusMessage(status({ startedAt, finishedAt }))).toMatchObject({
      startedAt: `2026-11-25T12:00:${start}Z`,
      finishedAt: `2026-11-25T12:00:${end}Z`,
    });
  });

  it.each([
    {
      what: 'never started',
      startedAt: 0,
      finishedAt: noonNs,
      seen: { startedAt: '', finishedAt: '2026-11-25T12:00:00.000Z' },
    },
    {
      what: 'still running',
      startedAt: noonNs,
      finishedAt: 0,
      seen: { startedAt: '2026-11-25T12:00:00.000Z', finishedAt: '' },
    },
  ])('$what', ({ startedAt, finishedAt, seen }) => {
    expect(fromContainerStatusMessage(status({ startedAt, finishedAt }))).toMatchObject(seen);
  });
});
