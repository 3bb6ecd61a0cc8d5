import type { PrepullEvent } from '#contracts/events/prepull.events.js';
import { rejections } from '#contracts/rejections.js';
import type { StatusCause } from '#contracts/status.js';
import type { Decision } from '../decision.js';
import { defaultPullPolicy } from '../image/default-pull-policy.js';
import { parseImageReference } from '../image/image-reference.js';
import { causes } from '../validation/causes.js';
import { dnsSubdomain } from '../validation/names.js';

export interface PrepullCommand {
  image: string;
  /** `IfNotPresent` or `Always`; absent: as for a container of a pod. */
  policy?: string;
  namespace: string;
  imagePullSecrets: { name: string }[];
  /** As text, for the history. */
  nodeSelector: string;
  /** Names of the nodes that the selector chose and that are ready. */
  nodes: string[];
}

const policies = ['Always', 'IfNotPresent'] as const;

/** Decides what a new pre-pull asks for; pure. */
export function decidePrepull(command: PrepullCommand, { uid }: { uid: string }): Decision<PrepullEvent> {
  const found = faultsOf(command);
  const { image, nodes, policy, ...rest } = command;
  if (found.length > 0) return { rejection: rejections.invalid('ImagePrepull', image, found) };
  const chosen = policies.find((one) => one === (policy ?? defaultPullPolicy(image))) ?? 'IfNotPresent';
  const data = { uid, image, policy: chosen, ...rest, nodes: [...nodes].sort() };
  return { events: [{ type: 'ImagePrepullRequested', data }] };
}

function faultsOf({ image, policy, imagePullSecrets, nodeSelector, nodes }: PrepullCommand): StatusCause[] {
  const found: StatusCause[] = [];
  const parsed = parseImageReference(image);
  if (image === '') found.push(causes.required('image'));
  else if ('error' in parsed) found.push(causes.invalid('image', image, parsed.error));
  if (policy !== undefined && !policies.some((one) => one === policy))
    found.push(causes.notSupported('policy', policy, policies));
  for (const [index, { name }] of imagePullSecrets.entries())
    for (const fault of dnsSubdomain(name))
      found.push(causes.invalid(`imagePullSecrets[${index}].name`, name, fault));
  if (nodes.length === 0)
    found.push(causes.invalid('nodeSelector', nodeSelector, 'no node that is ready matches'));
  return found;
}
