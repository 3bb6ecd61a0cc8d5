import type { LocalObjectReference, Manifest, ObjectMeta } from './meta.manifest.js';

/** A pod as Kubernetes v1.32 writes it, reduced to the fields podbus honours (`docs/fields.md` lists the rest). */
export interface PodManifest extends Manifest {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: ObjectMeta;
  spec: PodSpec;
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';
export type ImagePullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface PodSpec {
  containers: ContainerSpec[];
  restartPolicy: RestartPolicy;
  terminationGracePeriodSeconds: number;
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  hostname?: string;
  subdomain?: string;
  setHostnameAsFQDN?: boolean;
  schedulerName?: string;
  /** Secrets of the pod's namespace, in the order in which their credentials are tried. */
  imagePullSecrets?: LocalObjectReference[];
  serviceAccountName?: string;
  serviceAccount?: string;
  dnsPolicy?: string;
  enableServiceLinks?: boolean;
  automountServiceAccountToken?: boolean;
  priority?: number;
  preemptionPolicy?: string;
  securityContext?: Record<string, never>;
}

export interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  tolerationSeconds?: number;
}

export interface ContainerSpec {
  name: string;
  image: string;
  imagePullPolicy: ImagePullPolicy;
  command?: string[];
  args?: string[];
  workingDir?: string;
  env?: EnvVar[];
  ports?: ContainerPort[];
  resources?: ResourceRequirements;
  lifecycle?: Lifecycle;
  terminationMessagePath?: string;
  terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError';
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
}

export interface EnvVar {
  name: string;
  value?: string;
}

export interface ContainerPort {
  name?: string;
  containerPort: number;
  hostPort?: number;
  hostIP?: string;
  protocol?: 'TCP' | 'UDP' | 'SCTP';
}

/** Quantities in Kubernetes notation (`500m`, `64Mi`). */
export interface ResourceRequirements {
  limits?: Record<string, string>;
  requests?: Record<string, string>;
}

export interface Lifecycle {
  postStart?: LifecycleHandler;
  preStop?: LifecycleHandler;
}

/** Exactly one handler is set. */
export interface LifecycleHandler {
  exec?: { command: string[] };
}
