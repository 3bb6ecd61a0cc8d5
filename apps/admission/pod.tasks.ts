import type { DeletePodCommand } from '#contracts/commands.js';
import { streams } from '#contracts/events/event.js';
import type { ClockPort, IdsPort } from '#contracts/ports/clock.port.js';
import { rejections } from '#contracts/rejections.js';
import type { StatusCause } from '#contracts/status.js';
import { type AdmissionPlugin, applyPlugins } from '#domain/admission/admission-plugin.js';
import { decidePodCommand, type PodCommand } from '#domain/pod/pod.decider.js';
import { defaultPod, type PodDraft } from '#domain/pod/pod.defaults.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { validatePod } from '#domain/pod/pod.validation.js';
import { podWarnings } from '#domain/pod/pod.warnings.js';
import { decodeManifest } from '#kubernetes/schema/decode-manifest.js';
import { deletePodSchema } from '#kubernetes/schema/namespace.schema.js';
import { podSchema } from '#kubernetes/schema/pod.schema.js';
import { admissionFacts } from './admission-facts.js';
import { podAggregate } from './aggregates.js';
import type { KnownNamespaces } from './known-namespaces.js';
import { nameSuffix } from './name-suffix.js';
import type { ServiceAccounts } from './service-accounts.js';
import type { Prepare, Task } from './task.js';

export interface PodTaskContext {
  clock: ClockPort;
  ids: IdsPort;
  plugins: readonly AdmissionPlugin[];
  namespaces: KnownNamespaces;
  accounts: ServiceAccounts;
}

/** Enough to show what is wrong. */
const maxCauses = 100;

/** decode → defaults → namespace → mutating plugins → validation → validating plugins. */
export const preparePodCreation =
  ({ clock, ids, plugins, namespaces, accounts }: PodTaskContext): Prepare<PodState> =>
  async (body) => {
    const decoded = decodeManifest(body, podSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const draft = decoded.object as unknown as PodDraft;
    const defaulted = defaultPod(draft, { suffix: nameSuffix(ids.uuid()) });
    const { name, namespace = '' } = defaulted.metadata;
    const target = { namespace, name };
    if (!(await namespaces.has(namespace))) {
      return { rejection: rejections.notFound('namespaces', namespace), target };
    }
    const facts = await admissionFacts(defaulted, { accounts });
    const admitted = applyPlugins(plugins, defaulted, facts);
    if ('forbidden' in admitted) {
      return { rejection: rejections.forbidden('pods', name, admitted.forbidden), target };
    }
    const { pod: manifest } = admitted;
    const causes = [
      ...decoded.refusals,
      ...validatePod(manifest).filter((cause) => !isExplained(cause, decoded.refusals)),
      ...plugins.flatMap((plugin) => plugin.validate?.(manifest, facts) ?? []),
    ];
    if (causes.length > 0) {
      return { rejection: rejections.invalid('Pod', name, causes.slice(0, maxCauses)), target };
    }
    return {
      ...podTask({ type: 'CreatePod', manifest }, target, { clock, ids }),
      isFresh: true,
      isNameGenerated: !draft.metadata?.name,
      warnings: [...decoded.warnings, ...podWarnings(manifest)],
    };
  };

/** A part that was refused, and so left out, is not to be called missing too. */
const isExplained = ({ field }: StatusCause, refusals: StatusCause[]): boolean =>
  refusals.some((refusal) => refusal.field.startsWith(`${field}.`));

export const preparePodDeletion =
  ({ clock, ids }: PodTaskContext): Prepare<PodState> =>
  async (body) => {
    const decoded = decodeManifest(body, deletePodSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const { namespace = 'default', name, ...rest } = decoded.object as Partial<DeletePodCommand>;
    if (!name) {
      return { rejection: rejections.badRequest('name: Required value'), target: { namespace } };
    }
    return podTask({ type: 'DeletePod', namespace, name, ...rest }, { namespace, name }, { clock, ids });
  };

function podTask(
  command: PodCommand,
  target: { namespace: string; name: string },
  { clock, ids }: Pick<PodTaskContext, 'clock' | 'ids'>,
): Task<PodState> {
  return {
    aggregate: podAggregate,
    stream: streams.pod(target.namespace, target.name),
    target,
    isFresh: false,
    isNameGenerated: false,
    decide: (pod) => decidePodCommand(command, pod, { now: clock.now(), uid: ids.uuid() }),
    warnings: [],
  };
}
