import { localObjectReference } from './config.schema.js';
import {
  asksNothing,
  container,
  ephemeralContainer,
  profile,
  seLinuxOptions,
  windowsOptions,
} from './container.schema.js';
import { objectMeta } from './meta.schema.js';
import { affinity, toleration, topologySpreadConstraint } from './placement.schema.js';
import {
  any,
  bool,
  type Field,
  honoured,
  int32,
  int64,
  list,
  map,
  mergedList,
  oneOf,
  quantity,
  refused,
  server,
  string,
  struct,
  type Type,
  warned,
} from './schema.types.js';
import { volume } from './volume.schema.js';

const notYet = (what: string): string => `podbus does not ${what} yet`;
const isTrue = oneOf(true);

const podSecurityContext = struct('PodSecurityContext', {
  seLinuxOptions,
  windowsOptions,
  runAsUser: int64,
  runAsGroup: int64,
  runAsNonRoot: bool,
  supplementalGroups: list(int64),
  supplementalGroupsPolicy: string,
  fsGroup: int64,
  sysctls: list(struct('Sysctl', { name: string, value: string })),
  fsGroupChangePolicy: string,
  seccompProfile: profile('SeccompProfile'),
  appArmorProfile: profile('AppArmorProfile'),
  seLinuxChangePolicy: string,
});

const life: Record<string, Type | Field> = {
  containers: mergedList(container, 'name'),
  initContainers: refused(mergedList(container, 'name'), notYet('run init containers')),
  ephemeralContainers: refused(
    mergedList(ephemeralContainer, 'name'),
    'ephemeral containers not allowed in create or update requests',
  ),
  volumes: refused(mergedList(volume, 'name'), notYet('mount volumes')),
  restartPolicy: string,
  terminationGracePeriodSeconds: int64,
  activeDeadlineSeconds: refused(int64, notYet('end pods at a deadline')),
  imagePullSecrets: mergedList(localObjectReference, 'name'),
  securityContext: refused(podSecurityContext, notYet('apply security contexts'), asksNothing),
  runtimeClassName: refused(string, notYet('run pods by other runtime classes')),
  overhead: refused(map(quantity), notYet('account for overhead')),
  readinessGates: refused(
    list(struct('PodReadinessGate', { conditionType: string })),
    notYet('wait for readiness gates'),
  ),
  resourceClaims: refused(
    mergedList(
      struct('PodResourceClaim', {
        name: string,
        resourceClaimName: string,
        resourceClaimTemplateName: string,
      }),
      'name',
    ),
    notYet('hand out resource claims'),
  ),
  resources: refused(
    struct('ResourceRequirements', {
      limits: map(quantity),
      requests: map(quantity),
      claims: list(struct('ResourceClaim', { name: string, request: string })),
    }),
    notYet('limit resources of whole pods'),
  ),
};

const placement: Record<string, Type | Field> = {
  nodeName: string,
  nodeSelector: map(string),
  tolerations: list(toleration),
  affinity: refused(affinity, notYet('place pods by affinity')),
  topologySpreadConstraints: refused(
    mergedList(topologySpreadConstraint, 'topologyKey'),
    notYet('spread pods over domains'),
  ),
  schedulingGates: refused(
    mergedList(struct('PodSchedulingGate', { name: string }), 'name'),
    notYet('wait for scheduling gates'),
  ),
  schedulerName: honoured(string, '`default-scheduler` is the only one', oneOf('', 'default-scheduler')),
  priority: honoured(int32, 'always 0: podbus does not know priority classes yet', oneOf(0)),
  priorityClassName: refused(string, notYet('know priority classes')),
  preemptionPolicy: honoured(string, 'nothing is preempted yet'),
};

const network: Record<string, Type | Field> = {
  hostname: string,
  subdomain: refused(string, notYet('give pods a domain')),
  setHostnameAsFQDN: refused(bool, notYet('give pods a domain')),
  dnsPolicy: honoured(
    string,
    'podbus does not configure the resolver of a pod yet: it is the one of the node, and `None` is refused',
    (value) => value !== 'None',
  ),
  dnsConfig: refused(
    struct('PodDNSConfig', {
      nameservers: list(string),
      searches: list(string),
      options: list(struct('PodDNSConfigOption', { name: string, value: string })),
    }),
    notYet('configure the resolver of a pod'),
  ),
  hostAliases: refused(
    mergedList(struct('HostAlias', { ip: string, hostnames: list(string) }), 'ip'),
    notYet('add hosts to /etc/hosts'),
  ),
  enableServiceLinks: honoured(bool, 'there are no services yet'),
  hostNetwork: refused(bool, notYet("put pods on their node's network")),
  hostPID: refused(bool, notYet("put pods among their node's processes")),
  hostIPC: refused(bool, notYet("share their node's IPC with pods")),
  hostUsers: refused(bool, notYet('give pods user namespaces'), isTrue),
  shareProcessNamespace: refused(bool, notYet('share processes between containers')),
  os: honoured(
    struct('PodOS', { name: string }),
    'podbus runs only Linux containers',
    (value) => (value as { name?: string }).name === 'linux',
  ),
};

const account: Record<string, Type | Field> = {
  serviceAccountName: honoured(string, 'its `imagePullSecrets` are taken over where the pod has none'),
  serviceAccount: honoured(string, 'the older name of `serviceAccountName`, which wins over it'),
  automountServiceAccountToken: warned(bool, notYet('give pods a service account token')),
};

/** `core/v1` Pod of v1.32, whole; a pod's fields come into force by moving from `refused` to a bare type here. */
export const podSchema = struct('Pod', {
  apiVersion: string,
  kind: string,
  metadata: objectMeta,
  spec: struct('PodSpec', { ...life, ...placement, ...network, ...account }),
  status: server(any),
});
