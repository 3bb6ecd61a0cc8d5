import type { RecordedEvent } from '#contracts/events/event.js';
import { parseStream } from '#contracts/events/event.js';
import type { ObjectReducer, RowKey } from '#event-log/projection.js';

export interface NodeRowState {
  uid: string;
  ready: boolean;
  count: number;
}

const nodeKey = (event: RecordedEvent): RowKey => ({
  kind: 'node',
  namespace: '',
  name: parseStream(event.stream).name,
});

/**
 * The smallest reducer with every feature, for tests of projections: a row per node, gone while it is not ready, and
 * a derived row per reason, in namespace `default`, that counts.
 */
export const nodeReducer: ObjectReducer<NodeRowState> = {
  kinds: ['node'],
  reads: (event) => [nodeKey(event)],
  reduce(event, row) {
    const key = nodeKey(event);
    const before = row(key);
    const { uid } = event.data as { uid: string };
    const count = (before?.count ?? 0) + 1;
    if (event.type !== 'NodeBecameNotReady')
      return [{ key, update: () => ({ uid, ready: event.type === 'NodeBecameReady', count }) }];
    const { reason } = event.data as { reason: string };
    const counter = { kind: 'event', namespace: 'default', name: `${key.name}.${reason}` };
    return [
      { key, update: () => undefined },
      {
        key: counter,
        update: (state) => ({ uid: counter.name, ready: false, count: (state?.count ?? 0) + 1 }),
      },
    ];
  },
  render: (key, state, positions) => ({
    uid: state.uid,
    labels: { name: key.name },
    fields: { ready: String(state.ready) },
    doc: { kind: key.kind, ...state, resourceVersion: String(positions.position) },
  }),
};
