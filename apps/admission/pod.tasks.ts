import type { DeletePodCommand, RetryPullCommand } from '#contracts/commands.js';
import { streams } from '#contracts/events/event.js';
import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { ClockPort, IdsPort } from '#contracts/ports/clock.port.js';
import { rejections } from '#contracts/rejections.js';
import type { Status, StatusCause } from '#contracts/status.js';
import type { AdmissionFacts } from '#domain/admission/admission-facts.js';
import { type AdmissionPlugin, applyPlugins } from '#domain/admission/admission-plugin.js';
import { decidePodCommand, type PodCommand } from '#domain/pod/pod.decider.js';
import { defaultPod, type PodDraft } from '#domain/pod/pod.defaults.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { validatePodUpdate } from '#domain/pod/pod.update.js';
import { validatePod } from '#domain/pod/pod.validation.js';
import { podWarnings } from '#domain/pod/pod.warnings.js';
import { retryPullSchema } from '#kubernetes/schema/command.schemas.js';
import { type DecodedManifest, decodeManifest } from '#kubernetes/schema/decode-manifest.js';
import { deletePodSchema } from '#kubernetes/schema/namespace.schema.js';
import { podSchema } from '#kubernetes/schema/pod.schema.js';
import type { Struct } from '#kubernetes/schema/schema.types.js';
import { admissionFacts } from './admission-facts.js';
import { podAggregate } from './aggregates.js';
import type { Changeable } from './changes.js';
import { pinDigests, type ResolveDigest } from './image-digests.js';
import type { KnownNamespaces } from './known-namespaces.js';
import { nameSuffix } from './name-suffix.js';
import type { ServiceAccounts } from './service-accounts.js';
import type { Prepare, Refusal, Task } from './task.js';

export interface PodTaskContext {
  clock: ClockPort;
  ids: IdsPort;
  plugins: readonly AdmissionPlugin[];
  namespaces: KnownNamespaces;
  accounts: ServiceAccounts;
  digests: ResolveDigest | undefined;
}

/** Enough to show what is wrong. */
const maxCauses = 100;

/** decode → defaults → namespace → mutating plugins → validation → validating plugins → digests. */
export const preparePodCreation =
  ({ clock, ids, plugins, namespaces, accounts, digests }: PodTaskContext): Prepare<PodState> =>
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
    const manifest = admitted.pod;
    const rejection = whyInvalid(manifest, causesOf(manifest, decoded, plugins, facts));
    if (rejection) return { rejection, target };
    const pinned = plugins.some(({ pinsDigests }) => pinsDigests)
      ? await pinDigests(manifest, digests)
      : { manifest };
    if ('rejection' in pinned) return { ...pinned, target };
    return {
      ...podTask({ type: 'CreatePod', ...pinned }, target, { clock, ids }),
      isFresh: true,
      isNameGenerated: !draft.metadata?.name,
      warnings: [...decoded.warnings, ...podWarnings(manifest)],
    };
  };

/** How a pod is changed: decode → defaults → mutating plugins → validation, alone and as a change → facts. */
export const changeablePod = ({ clock, ids, plugins }: PodTaskContext): Changeable<PodState> => ({
  aggregate: podAggregate,
  schema: podSchema,
  isNamespaced: true,
  stream: ({ namespace, name }) => streams.pod(namespace, name),
  exists: ({ deletedAt }) => deletedAt === undefined,
  decide: (decoded, pod) => {
    const { namespace } = pod;
    const defaulted = defaultPod(decoded.object as unknown as PodDraft, { namespace, suffix: '' });
    const facts = { old: pod.manifest };
    const admitted = applyPlugins(plugins, defaulted, facts);
    if ('forbidden' in admitted) {
      return { rejection: rejections.forbidden('pods', pod.name, admitted.forbidden) };
    }
    const manifest = admitted.pod;
    const causes = [...causesOf(manifest, decoded, plugins, facts), ...validatePodUpdate(manifest, pod)];
    const rejection = whyInvalid(manifest, causes);
    if (rejection) return { rejection };
    return decidePodCommand({ type: 'UpdatePod', manifest }, pod, { now: clock.now(), uid: ids.uuid() });
  },
});

/** Everything that is wrong with a pod by itself. */
const causesOf = (
  manifest: PodManifest,
  { refusals }: DecodedManifest,
  plugins: readonly AdmissionPlugin[],
  facts: AdmissionFacts,
): StatusCause[] => [
  ...refusals,
  ...validatePod(manifest).filter((cause) => !isExplained(cause, refusals)),
  ...plugins.flatMap((plugin) => plugin.validate?.(manifest, facts) ?? []),
];

const whyInvalid = ({ metadata }: PodManifest, causes: StatusCause[]): Status | undefined =>
  causes.length > 0 ? rejections.invalid('Pod', metadata.name, causes.slice(0, maxCauses)) : undefined;

/** A part that was refused, and so left out, is not to be called missing too. */
const isExplained = ({ field }: StatusCause, refusals: StatusCause[]): boolean =>
  refusals.some((refusal) => refusal.field.startsWith(`${field}.`));

export const preparePodDeletion =
  ({ clock, ids }: PodTaskContext): Prepare<PodState> =>
  async (body) => {
    const named = decodeNamed<DeletePodCommand>(body, deletePodSchema);
    return 'rejection' in named ? named : podTask({ type: 'DeletePod', ...named }, named, { clock, ids });
  };

export const preparePullRetry =
  ({ clock, ids }: PodTaskContext): Prepare<PodState> =>
  async (body) => {
    const named = decodeNamed<RetryPullCommand>(body, retryPullSchema);
    return 'rejection' in named ? named : podTask({ type: 'RetryPull', ...named }, named, { clock, ids });
  };

/** A command on a pod that exists, which it names. */
function decodeNamed<Command extends { namespace: string; name: string }>(
  body: Uint8Array,
  schema: Struct,
): Command | Refusal {
  const decoded = decodeManifest(body, schema);
  if ('rejection' in decoded) return { ...decoded, target: {} };
  const { namespace = 'default', name, ...rest } = decoded.object as Partial<Command>;
  return name
    ? ({ namespace, name, ...rest } as Command)
    : { rejection: rejections.badRequest('name: Required value'), target: { namespace } };
}

function podTask(
  command: PodCommand,
  { namespace, name }: { namespace: string; name: string },
  { clock, ids }: Pick<PodTaskContext, 'clock' | 'ids'>,
): Task<PodState> {
  return {
    aggregate: podAggregate,
    stream: streams.pod(namespace, name),
    target: { namespace, name },
    isFresh: false,
    isNameGenerated: false,
    decide: (pod) => decidePodCommand(command, pod, { now: clock.now(), uid: ids.uuid() }),
    warnings: [],
  };
}
