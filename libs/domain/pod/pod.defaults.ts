import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import type {
  ContainerPort,
  ContainerSpec,
  PodManifest,
  PodSpec,
  ResourceRequirements,
  Toleration,
} from '#contracts/manifests/pod.manifest.js';
import { defaultPullPolicy } from '../image/default-pull-policy.js';
import { canonicalQuantity, parseQuantity } from '../scheduling/quantity.js';

/** A pod as its author wrote it: of the right shape, but anything may be missing. */
export interface PodDraft {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata?: Partial<ObjectMeta>;
  spec?: Partial<Omit<PodSpec, 'containers'>> & { containers?: Partial<ContainerSpec>[] };
}

export interface PodDefaultsContext {
  /** For a pod that names none; `default` if absent. */
  namespace?: string;
  /** Five characters that `generateName` is completed with. */
  suffix: string;
}

/**
 * Fills in what Kubernetes v1.32 fills in when a pod is created (`pkg/apis/core/v1/defaults.go` and the admission
 * plugins that are always on), so that the stored pod says everything it runs by. Idempotent; leaves what is wrong to
 * validation, for which an empty string stands where a name or an image is missing.
 */
export function defaultPod(draft: PodDraft, context: PodDefaultsContext): PodManifest {
  const { serviceAccountName, serviceAccount, tolerations, ...spec } = draft.spec ?? {};
  const account = serviceAccountName || serviceAccount || 'default';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: defaultMeta(draft.metadata ?? {}, context),
    spec: {
      ...spec,
      containers: (spec.containers ?? []).map(defaultContainer),
      restartPolicy: spec.restartPolicy || 'Always',
      terminationGracePeriodSeconds: defaultGrace(spec.terminationGracePeriodSeconds),
      dnsPolicy: spec.dnsPolicy || 'ClusterFirst',
      enableServiceLinks: spec.enableServiceLinks ?? true,
      preemptionPolicy: spec.preemptionPolicy || 'PreemptLowerPriority',
      priority: spec.priority ?? 0,
      schedulerName: spec.schedulerName || 'default-scheduler',
      securityContext: spec.securityContext ?? {},
      serviceAccount: account,
      serviceAccountName: account,
      tolerations: withNodeTolerations(tolerations ?? []),
    },
  };
}

/** What the server sets is not the author's to say: uid, timestamps and versions are dropped. */
function defaultMeta(meta: Partial<ObjectMeta>, { namespace, suffix }: PodDefaultsContext): ObjectMeta {
  const { name, generateName, labels, annotations } = meta;
  return {
    name: name || (generateName ? generatedName(generateName, suffix) : ''),
    ...(generateName ? { generateName } : {}),
    namespace: meta.namespace || namespace || 'default',
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
}

/** A generated name is cut to a DNS label. */
const generatedName = (base: string, suffix: string): string =>
  `${base.slice(0, 63 - suffix.length)}${suffix}`;

/** A negative grace period becomes one second (`pkg/apis/core/v1/conversion.go`). */
const defaultGrace = (seconds = 30): number => (seconds < 0 ? 1 : seconds);

function defaultContainer(draft: Partial<ContainerSpec>): ContainerSpec {
  const { name = '', image = '', ports, resources } = draft;
  return {
    ...draft,
    name,
    image,
    imagePullPolicy: draft.imagePullPolicy || defaultPullPolicy(image),
    resources: defaultResources(resources ?? {}),
    terminationMessagePath: draft.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: draft.terminationMessagePolicy || 'File',
    ...(ports ? { ports: ports.map(defaultPort) } : {}),
  };
}

const defaultPort = (port: ContainerPort): ContainerPort => ({ ...port, protocol: port.protocol || 'TCP' });

/** What is limited but not requested is requested at its limit. */
function defaultResources({ limits, requests }: ResourceRequirements): ResourceRequirements {
  const canonicalLimits = limits && canonicalOf(limits);
  const canonicalRequests = canonicalOf({ ...limits, ...requests });
  return {
    ...(canonicalLimits ? { limits: canonicalLimits } : {}),
    ...(Object.keys(canonicalRequests).length > 0 ? { requests: canonicalRequests } : {}),
  };
}

/** Finer than a milli-unit is rounded up, as the API server does; what is no quantity stays for validation to name. */
const canonicalOf = (quantities: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(quantities).map(([name, text]) => {
      const parsed = parseQuantity(text);
      if ('error' in parsed) return [name, text];
      const { nano, format } = parsed.quantity;
      const milli = nano % 1_000_000n;
      const rounded = milli > 0n ? nano - milli + 1_000_000n : nano;
      return [name, canonicalQuantity({ nano: rounded, format })];
    }),
  );

/** Admission plugin DefaultTolerationSeconds: a pod stays five minutes on a node that is lost. */
function withNodeTolerations(tolerations: Toleration[]): Toleration[] {
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (taint) =>
      !tolerations.some(({ key, effect }) => (!key || key === taint) && (!effect || effect === 'NoExecute')),
  );
  const added = missing.map(
    (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }),
  );
  return [...tolerations, ...added];
}
