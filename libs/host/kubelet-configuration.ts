import { parseDocument } from 'yaml';
import { checkGate } from './feature-gates.js';

/** Source: k8s.io/kubelet/config/v1beta1, v1.32; the fields that podbus honours. */
export interface KubeletConfiguration {
  /** One pull at a time on this node. */
  serializeImagePulls: boolean;
  /** Undefined: no bound. Only with `serializeImagePulls: false`. */
  maxParallelImagePulls?: number;
  /** The node's capacity of pods. */
  maxPods: number;
  /** The cap of the crash back-off in seconds, 1 to 300; a cap below 10 s is the first delay too. */
  crashLoopBackOffMaxSeconds: number;
  featureGates: Record<string, boolean>;
}

/** What each honoured field does, for `docs/configuration.md`. */
export const honouredKubeletFields: Readonly<Record<string, string>> = {
  serializeImagePulls: 'One pull at a time on this node; default `true`.',
  maxParallelImagePulls:
    'With `serializeImagePulls: false`: at most so many pulls at once; default no bound.',
  maxPods: 'How many pods the node takes; default 110.',
  crashLoopBackOff:
    '`maxContainerRestartPeriod`: the cap of the crash back-off, `1s` to `300s`; default `300s`.',
  featureGates: 'As `PODBUS_FEATURE_GATES`, which wins.',
};

const defaults: KubeletConfiguration = {
  serializeImagePulls: true,
  maxPods: 110,
  crashLoopBackOffMaxSeconds: 300,
  featureGates: {},
};

/** Kubernetes knows these fields; podbus takes a file that has them, does nothing with them, and says so. */
const notHonoured = new Set(
  `address allowedUnsafeSysctls authentication authorization cgroupDriver cgroupRoot cgroupsPerQOS clusterDNS
  clusterDomain configMapAndSecretChangeDetectionStrategy containerLogMaxFiles containerLogMaxSize
  containerLogMaxWorkers containerLogMonitorInterval containerRuntimeEndpoint contentType cpuCFSQuota
  cpuCFSQuotaPeriod cpuManagerPolicy cpuManagerPolicyOptions cpuManagerReconcilePeriod
  enableContentionProfiling enableControllerAttachDetach enableDebugFlagsHandler enableDebuggingHandlers
  enableProfilingHandler enableServer enableSystemLogHandler enableSystemLogQuery enforceNodeAllocatable eventBurst
  eventRecordQPS evictionHard evictionMaxPodGracePeriod evictionMinimumReclaim evictionPressureTransitionPeriod
  evictionSoft evictionSoftGracePeriod failCgroupV1 failSwapOn fileCheckFrequency hairpinMode healthzBindAddress
  healthzPort httpCheckFrequency imageGCHighThresholdPercent imageGCLowThresholdPercent imageMaximumGCAge
  imageMinimumGCAge imageServiceEndpoint iptablesDropBit iptablesMasqueradeBit kernelMemcgNotification kubeAPIBurst
  kubeAPIQPS kubeReserved kubeReservedCgroup kubeletCgroups localStorageCapacityIsolation logging makeIPTablesUtilChains
  maxOpenFiles memoryManagerPolicy memorySwap memoryThrottlingFactor nodeLeaseDurationSeconds
  nodeStatusMaxImages nodeStatusReportFrequency nodeStatusUpdateFrequency oomScoreAdj podCIDR podLogsDir podPidsLimit
  podsPerCore port protectKernelDefaults providerID qosReserved readOnlyPort registerNode registerWithTaints
  registryBurst registryPullQPS reservedMemory reservedSystemCPUs resolvConf rotateCertificates runOnce
  runtimeRequestTimeout seccompDefault serverTLSBootstrap showHiddenMetricsForVersion shutdownGracePeriod
  shutdownGracePeriodByPodPriority shutdownGracePeriodCriticalPods staticPodPath staticPodURL staticPodURLHeader
  streamingConnectionIdleTimeout swapMemory syncFrequency systemCgroups systemReserved systemReservedCgroup tlsCertFile
  tlsCipherSuites tlsMinVersion tlsPrivateKeyFile topologyManagerPolicy topologyManagerPolicyOptions
  topologyManagerScope tracing volumePluginDir volumeStatsAggPeriod`.split(/\s+/),
);

/**
 * Reads a `KubeletConfiguration`; undefined gives the defaults. Strict: a field that Kubernetes does not know, one
 * given twice, or a bad value throws an Error that names it, in Kubernetes's words where it has some.
 */
export function parseKubeletConfiguration(text: string | undefined): {
  configuration: KubeletConfiguration;
  warnings: string[];
} {
  if (text === undefined) return { configuration: defaults, warnings: [] };
  const { apiVersion, kind, ...fields } = mapping(text);
  if (kind !== 'KubeletConfiguration' || apiVersion !== 'kubelet.config.k8s.io/v1beta1')
    throw new Error(
      `it is ${apiVersion ?? 'no apiVersion'}, ${kind ?? 'no kind'}, and not kubelet.config.k8s.io/v1beta1, KubeletConfiguration`,
    );
  const problems: string[] = [];
  const configuration = { ...defaults };
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader) {
      const problem = reader(configuration, value);
      if (problem) problems.push(problem);
    } else if (notHonoured.has(name)) warnings.push(`${name} is not honoured by podbus and changes nothing`);
    else problems.push(`unknown field "${name}"`);
  }
  const { maxParallelImagePulls: parallel, serializeImagePulls } = configuration;
  if (parallel !== undefined && parallel > 1 && serializeImagePulls)
    problems.push(
      'invalid configuration: maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
    );
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { configuration, warnings };
}

/** Each puts its field into the configuration, or answers what is wrong with it. */
export const readers: Record<string, (into: KubeletConfiguration, value: unknown) => string | undefined> = {
  crashLoopBackOff: (into, value) => {
    const { maxContainerRestartPeriod: period, ...others } = (value ?? {}) as Record<string, unknown>;
    const [unknown] = Object.keys(others);
    if (unknown) return `unknown field "crashLoopBackOff.${unknown}"`;
    if (period === undefined) return undefined;
    const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(String(period)) ?? [];
    const total = Number(minutes) * 60 + Number(seconds);
    if (total < 1 || total > 300)
      return `crashLoopBackOff.maxContainerRestartPeriod: Invalid value: "${String(period)}": must be set between 1s and 300s`;
    into.crashLoopBackOffMaxSeconds = total;
    return undefined;
  },
  serializeImagePulls: (into, value) => {
    if (typeof value !== 'boolean')
      return `serializeImagePulls must be true or false, not ${JSON.stringify(value)}`;
    into.serializeImagePulls = value;
  },
  maxParallelImagePulls: (into, value) => {
    if (value === null) return;
    if (!Number.isInteger(value))
      return `maxParallelImagePulls must be a whole number, not ${JSON.stringify(value)}`;
    if ((value as number) < 1)
      return `invalid configuration: maxParallelImagePulls ${String(value)} must be a positive number`;
    into.maxParallelImagePulls = value as number;
  },
  maxPods: (into, value) => {
    if (!Number.isInteger(value)) return `maxPods must be a whole number, not ${JSON.stringify(value)}`;
    if ((value as number) < 0)
      return `invalid configuration: maxPods (--max-pods) ${String(value)} must not be a negative number`;
    into.maxPods = value as number;
  },
  featureGates: (into, value) => {
    try {
      into.featureGates = readGates(value);
    } catch (error) {
      return `featureGates ${(error as Error).message}`;
    }
    return undefined;
  },
};

function readGates(value: unknown): Record<string, boolean> {
  const gates = Object.entries((value ?? {}) as Record<string, unknown>);
  for (const [name, on] of gates) {
    if (typeof on !== 'boolean')
      throw new Error(`sets "${name}" to ${JSON.stringify(on)}: it is true or false`);
    checkGate(name, on);
  }
  return Object.fromEntries(gates) as Record<string, boolean>;
}

/** A YAML document that is a mapping without repeated keys; throws an Error that says what else it is. */
export function mapping(text: string): Record<string, unknown> {
  const document = parseDocument(text, { uniqueKeys: true });
  const broken = document.errors[0];
  if (broken) throw new Error(broken.message.split('\n')[0]);
  const value: unknown = document.toJS();
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('it is not a YAML mapping');
  return value as Record<string, unknown>;
}
