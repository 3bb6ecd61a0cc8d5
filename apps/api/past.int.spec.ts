import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import type { PodEvent } from '#contracts/events/pod.events.js';
import { ScanningHistory } from '#event-log/history.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { StreamFold } from '#event-log/stream-fold.js';
import {
  admitted,
  comingUp,
  goingDown,
  imageGone,
  imageGranted,
  imageSeen,
  nodeUp,
  TestApi,
} from '#testing/servers/api.server.js';
import { objectReducer } from './projections/objects.projection.js';
import { byFamily } from './projections/stream-family.js';

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
        attempts: [],
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
    await api.append(streams.image('node-a', 'sha256:1'), imageSeen('node-a', 'sha256:1', 10));
    await api.node('node-a', ...nodeUp('node-a'));
    await api.append(streams.image('node-a', 'sha256:2'), imageSeen('node-a', 'sha256:2', 20));
    await api.pod('web', admitted('web', 'u-1', { app: 'web' }), ...comingUp('u-1'));
    await api.pod('db', admitted('db', 'u-2'), ...comingUp('u-2'));
    await api.pod('old', admitted('old', 'u-3'), ...comingUp('u-3'));
    await api.pod('bad', admitted('bad', 'u-4'), ...pullFails('u-4'));
    await api.append(streams.image('node-a', 'sha256:1'), imageGone('node-a', 'sha256:1'));
    await api.node('node-b', ...nodeUp('node-b'));
    await api.append(streams.image('node-a', 'sha256:1'), imageSeen('node-a', 'sha256:1', 30));
    await api.pod('old', ...goingDown('u-3'));
    await api.pod('old', admitted('old', 'u-5', { app: 'web' }));
    await api.pod('web', ...goingDown('u-1'));
    head = await api.infrastructure.log.head();
  }, 60_000);
  afterAll(() => api?.stop());

  /** What a fold of the whole log says. */
  async function folded(row: 'pod' | 'event' | 'node', position: number): Promise<string[]> {
    const history = new ScanningHistory(api.infrastructure.log);
    const lives = row === 'pod' ? ('open' as const) : ('all' as const);
    const streams = await history.readStreamsAsOf({ kinds: ['pod', 'node', 'image'], position, lives });
    return byFamily(streams)
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

  it('a node names its images, the largest first, now and then', async () => {
    const named = async (at = '') => {
      const { status } = await api.json<{ status: { images?: { names: string[] }[] } }>(
        `/api/v1/nodes/node-a${at}`,
      );
      return status.images?.map(({ names }) => names[0]);
    };
    expect(await named()).toEqual(['registry.test/sha256/1:1', 'registry.test/sha256/2:1']);
    expect(await named('?at=4')).toEqual(['registry.test/sha256/2:1', 'registry.test/sha256/1:1']);
    expect(await named('?at=3')).toEqual(['registry.test/sha256/1:1']);
  });

  it('tells more of them under /podbus/v1, at any time too, but no hash of a credential', async () => {
    await api.append(streams.image('node-a', 'sha256:2'), imageGranted('node-a', 'sha256:2'));
    type Images = { images: { imageID: string; access: unknown[] }[] };
    const now = await api.json<Images>('/podbus/v1/nodes/node-a/images');
    expect(now.images.map(({ imageID }) => imageID)).toEqual(['sha256:1', 'sha256:2']);
    expect(now.images[1]?.access).toEqual([
      {
        repository: 'registry.test/app',
        nodePodsAccessible: false,
        secrets: [{ uid: 'uid-s', namespace: 'default', name: 's' }],
      },
    ]);
    const then = await api.json<Images>('/podbus/v1/nodes/node-a/images?at=3');
    expect(then.images).toMatchObject([{ imageID: 'sha256:1', access: [] }]);
    expect(await api.json('/podbus/v1/nodes/node-b/images')).toEqual({ node: 'node-b', images: [] });
    expect((await api.fetch('/podbus/v1/nodes/nobody/images')).status).toBe(404);
  });

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
