import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PodEvent } from '#contracts/events/pod.events.js';
import { ScanningHistory } from '#event-log/history.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { StreamFold } from '#event-log/stream-fold.js';
import { admitted, comingUp, goingDown, nodeUp, TestApi } from '#testing/servers/api.server.js';
import { objectReducer } from './projections/objects.projection.js';

interface List {
  metadata: { continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string } }[];
}
interface KubeEvent {
  reason: string;
  message: string;
}

const image = 'nosuch:1';
const pullFails = (uid: string): PodEvent[] => {
  const of = { uid, container: 'app', instance: 0, image };
  return [
    { type: 'PodScheduled', data: { uid, node: 'node-a' } },
    { type: 'ImagePullStarted', data: of },
    {
      type: 'ImageFailed',
      data: {
        ...of,
        reason: 'ErrImagePull',
        message: 'not found',
        retryAt: new Date().toISOString(),
      },
    },
  ];
};

describe('lists in their order, now and in the past', () => {
  let api: TestApi;
  let head = 0;

  beforeAll(async () => {
    api = await TestApi.start();
    await api.node('node-a', ...nodeUp('node-a'));
    await api.pod('web', admitted('web', 'u-1', { app: 'web' }), ...comingUp('u-1'));
    await api.pod('db', admitted('db', 'u-2'), ...comingUp('u-2'));
    await api.pod('old', admitted('old', 'u-3'), ...comingUp('u-3'));
    await api.pod('bad', admitted('bad', 'u-4'), ...pullFails('u-4'));
    await api.pod('old', ...goingDown('u-3'));
    await api.pod('old', admitted('old', 'u-5', { app: 'web' }));
    await api.pod('web', ...goingDown('u-1'));
    head = await api.infrastructure.log.head();
  }, 60_000);
  afterAll(() => api?.stop());

  /** What a fold of the whole log says. */
  async function folded(row: 'pod' | 'event' | 'node', position: number): Promise<string[]> {
    const history = new ScanningHistory(api.infrastructure.log);
    const lives = row === 'event' ? ('all' as const) : ('open' as const);
    const streams = await history.readStreamsAsOf({ kinds: ['pod', 'node'], position, lives });
    return streams
      .flatMap((events) => new StreamFold(objectReducer as ObjectReducer, events).objects())
      .filter(({ key }) => key.kind === row)
      .map(({ text }) => text)
      .sort();
  }

  it('SYS-07 at every position a list is what a fold of the log up to there makes', async () => {
    for (let position = 0; position <= head; position++)
      for (const row of ['pod', 'event', 'node'] as const) {
        const list = await api.json<List>(`/api/v1/${row}s?at=${position}`);
        expect([position, row, list.items.map((one) => JSON.stringify(one)).sort()]).toEqual([
          position,
          row,
          await folded(row, position),
        ]);
      }
  }, 60_000);

  it('Kubernetes Events come as they first occurred, also two of one log event', async () => {
    const { items } = await api.json<{ items: KubeEvent[] }>(
      '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dbad',
    );
    expect(items.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      'Scheduled: Successfully assigned default/bad to node-a',
      'Pulling: Pulling image "nosuch:1"',
      'Failed: Failed to pull image "nosuch:1": not found',
      'Failed: Error: ErrImagePull',
    ]);
  });

  it.each(['', '&labelSelector=app%3Dweb'])(
    'pages add up to the list, now and then%s',
    async (selector) => {
      for (const at of ['', `&at=${head - 3}`, `&at=${head - 12}`, '&at=12'])
        for (const path of ['/api/v1/events', '/api/v1/pods']) {
          const whole = await api.json<List>(`${path}?x=1${at}${selector}`);
          const paged: unknown[] = [];
          let more: string | undefined = '';
          while (more !== undefined) {
            const page: List = await api.json(`${path}?limit=2${at}${selector}&continue=${more}`);
            paged.push(...page.items);
            const left = page.metadata.remainingItemCount ?? 0;
            expect(left).toBe(whole.items.length - paged.length);
            more = page.metadata.continue;
          }
          expect(paged).toEqual(whole.items);
        }
    },
    60_000,
  );
});
