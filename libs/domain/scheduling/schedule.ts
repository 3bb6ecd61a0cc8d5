import { filters } from './filters.js';
import type { NodeView, PodRequest } from './node-view.js';
import { score } from './score.js';

export type Decision = { node: string } | { message: string };

/**
 * Binds a pod to the best of the nodes that pass every filter, or says why none does. Equal scores go to the name
 * that comes first, so that a decision can be repeated.
 */
export function schedule(pod: PodRequest, views: Iterable<NodeView>): Decision {
  const refusals: Refusal[] = [];
  let best: { name: string; score: number } | undefined;
  for (const view of views) {
    // A pod that names its node passes the other filters by, as in Kubernetes.
    if (pod.manifest.spec.nodeName === view.node.name) return { node: view.node.name };
    const refusal = firstRefusal(pod, view);
    if (refusal) {
      refusals.push(refusal);
      continue;
    }
    const points = score(pod, view);
    const { name } = view.node;
    if (!best || points > best.score || (points === best.score && name < best.name))
      best = { name, score: points };
  }
  return best ? { node: best.name } : { message: refusalMessage(refusals) };
}

interface Refusal {
  reasons: string[];
  isHelpedByPreemption: boolean;
}

function firstRefusal(pod: PodRequest, view: NodeView): Refusal | undefined {
  for (const { reasons: reasonsOf, isHelpedByPreemption } of filters) {
    const reasons = reasonsOf(pod, view);
    if (reasons.length > 0) return { reasons, isHelpedByPreemption };
  }
  return undefined;
}

/** `0/3 nodes are available: 1 reason, 2 other reason. preemption: …` (behaviour 13). */
function refusalMessage(refusals: Refusal[]): string {
  if (refusals.length === 0) return 'no nodes available to schedule pods';
  const head = `0/${refusals.length} nodes are available`;
  const preemption = refusals.map(({ isHelpedByPreemption }) =>
    isHelpedByPreemption
      ? 'No preemption victims found for incoming pod'
      : 'Preemption is not helpful for scheduling',
  );
  return `${head}: ${counted(refusals.flatMap(({ reasons }) => reasons))}. preemption: ${head}: ${counted(preemption)}.`;
}

/** `<count> <text>` of each text, sorted as strings. */
function counted(texts: string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .map(([text, count]) => `${count} ${text}`)
    .sort()
    .join(', ');
}
