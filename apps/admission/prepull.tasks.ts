import type { PrepullImageCommand } from '#contracts/commands.js';
import type { RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import { streams } from '#contracts/events/event.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { rejections } from '#contracts/rejections.js';
import { foldNode, type NodeState } from '#domain/node/node.state.js';
import { decidePrepull } from '#domain/prepull/prepull.decider.js';
import type { PrepullState } from '#domain/prepull/prepull.state.js';
import { decodeManifest } from '#kubernetes/schema/decode-manifest.js';
import { prepullImageSchema } from '#kubernetes/schema/prepull.schema.js';
import { matchesLabels, type Parsed, parseLabelSelector } from '#kubernetes/selectors.js';
import { prepullAggregate } from './aggregates.js';
import type { KnownNamespaces } from './known-namespaces.js';
import type { Prepare } from './task.js';

export interface PrepullTaskContext {
  log: EventLogPort;
  ids: IdsPort;
  namespaces: KnownNamespaces;
}

/** decode → selector → namespace → the nodes as the log knows them → decide. */
export const preparePrepull =
  ({ log, ids, namespaces }: PrepullTaskContext): Prepare<PrepullState> =>
  async (body) => {
    const decoded = decodeManifest(body, prepullImageSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const command = decoded.object as Partial<PrepullImageCommand>;
    const { image = '', namespace = 'default', imagePullSecrets = [], policy } = command;
    const target = { namespace, name: image };
    const nodeSelector = selectorText(command.nodeSelector);
    const selector: Parsed =
      nodeSelector === undefined
        ? { error: 'it is neither text nor a map of labels' }
        : parseLabelSelector(nodeSelector);
    if ('error' in selector)
      return { rejection: rejections.badRequest(`nodeSelector: ${selector.error}`), target };
    if (!(await namespaces.has(namespace)))
      return { rejection: rejections.notFound('namespaces', namespace), target };
    const chosen = (await knownNodes(log)).filter(({ facts }) =>
      matchesLabels(selector.requirements, facts.labels),
    );
    const [ready, away] = [true, false].map((isReady) =>
      chosen.filter((node) => (node.ready.status === 'True') === isReady).map(({ name }) => name),
    ) as [string[], string[]];
    const asked = {
      image,
      policy,
      namespace,
      imagePullSecrets,
      nodeSelector: nodeSelector ?? '',
      nodes: ready,
    };
    const uid = ids.uuid();
    return {
      aggregate: prepullAggregate,
      stream: streams.prepull(uid),
      target,
      isFresh: true,
      isNameGenerated: false,
      decide: () => decidePrepull(asked, { uid }),
      warnings: away.length > 0 ? [`left out, since they are not ready: ${away.sort().join(', ')}`] : [],
    };
  };

/** A map of labels as the selector that means the same; undefined for what is neither. */
function selectorText(given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given ?? '';
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const pairs = Object.entries(given);
  if (pairs.some(([, value]) => typeof value !== 'string')) return undefined;
  return pairs.map(([key, value]) => `${key}=${value as string}`).join(',');
}

async function knownNodes(log: EventLogPort): Promise<NodeState[]> {
  const { streams: open } = await log.readOpenStreams(['node']);
  return open.flatMap((events) => foldNode(events as RecordedNodeEvent[]) ?? []);
}
