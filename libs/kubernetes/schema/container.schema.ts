import {
  bool,
  type Field,
  int32,
  int64,
  intOrString,
  list,
  map,
  mergedList,
  oneOf,
  quantity,
  refused,
  string,
  struct,
  type Type,
  warned,
} from './schema.types.js';

const notYet = (what: string): string => `podbus does not ${what} yet`;

const port = struct('ContainerPort', {
  name: string,
  hostPort: int32,
  containerPort: int32,
  protocol: string,
  hostIP: string,
});

const fieldRef = struct('ObjectFieldSelector', { apiVersion: string, fieldPath: string });
export const resourceFieldRef = struct('ResourceFieldSelector', {
  containerName: string,
  resource: string,
  divisor: quantity,
});
export const objectFieldRef = fieldRef;
const keyRef = (name: string) => struct(name, { name: string, key: string, optional: bool });

const envVar = struct('EnvVar', {
  name: string,
  value: string,
  valueFrom: refused(
    struct('EnvVarSource', {
      fieldRef,
      resourceFieldRef,
      configMapKeyRef: keyRef('ConfigMapKeySelector'),
      secretKeyRef: keyRef('SecretKeySelector'),
    }),
    notYet('set variables from other objects'),
  ),
});

const envFrom = struct('EnvFromSource', {
  prefix: string,
  configMapRef: struct('ConfigMapEnvSource', { name: string, optional: bool }),
  secretRef: struct('SecretEnvSource', { name: string, optional: bool }),
});

const storageNote = { 'ephemeral-storage': 'podbus does not limit or count ephemeral storage yet' };

const resources = struct('ResourceRequirements', {
  limits: map(quantity, storageNote),
  requests: map(quantity, storageNote),
  claims: refused(
    list(struct('ResourceClaim', { name: string, request: string })),
    notYet('hand out resource claims'),
  ),
});

const volumeMount = struct('VolumeMount', {
  name: string,
  readOnly: bool,
  recursiveReadOnly: string,
  mountPath: string,
  subPath: string,
  mountPropagation: string,
  subPathExpr: string,
});

const exec = struct('ExecAction', { command: list(string) });
const httpGet = struct('HTTPGetAction', {
  path: string,
  port: intOrString,
  host: string,
  scheme: string,
  httpHeaders: list(struct('HTTPHeader', { name: string, value: string })),
});
const tcpSocket = struct('TCPSocketAction', { port: intOrString, host: string });

/** An empty handler is a statement too: `sleep: {}` must not vanish. */
const never = () => false;
const handler = struct('LifecycleHandler', {
  exec,
  httpGet: refused(httpGet, notYet('send HTTP requests as hooks'), never),
  tcpSocket: refused(tcpSocket, notYet('open TCP connections as hooks'), never),
  sleep: refused(struct('SleepAction', { seconds: int64 }), notYet('sleep as a hook'), never),
});

const probe = struct('Probe', {
  exec,
  httpGet,
  tcpSocket,
  grpc: struct('GRPCAction', { port: int32, service: string }),
  initialDelaySeconds: int32,
  timeoutSeconds: int32,
  periodSeconds: int32,
  successThreshold: int32,
  failureThreshold: int32,
  terminationGracePeriodSeconds: int64,
});
const refusedProbe = refused(probe, notYet('probe containers'), never);

export const seLinuxOptions = struct('SELinuxOptions', {
  user: string,
  role: string,
  type: string,
  level: string,
});
export const windowsOptions = struct('WindowsSecurityContextOptions', {
  gmsaCredentialSpecName: string,
  gmsaCredentialSpec: string,
  runAsUserName: string,
  hostProcess: bool,
});
export const profile = (name: string) => struct(name, { type: string, localhostProfile: string });

const securityContext = struct('SecurityContext', {
  capabilities: struct('Capabilities', { add: list(string), drop: list(string) }),
  privileged: bool,
  seLinuxOptions,
  windowsOptions,
  runAsUser: int64,
  runAsGroup: int64,
  runAsNonRoot: bool,
  readOnlyRootFilesystem: bool,
  allowPrivilegeEscalation: bool,
  procMount: string,
  seccompProfile: profile('SeccompProfile'),
  appArmorProfile: profile('AppArmorProfile'),
});
/** `false` is not what holds anyway here: `allowPrivilegeEscalation: false` asks for something. */
export const asksNothing = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(asksNothing);

const containerFields: Record<string, Type | Field> = {
  name: string,
  image: string,
  command: list(string),
  args: list(string),
  workingDir: string,
  ports: mergedList(port, 'containerPort'),
  env: mergedList(envVar, 'name'),
  envFrom: refused(list(envFrom), notYet('set variables from other objects')),
  resources,
  resizePolicy: warned(
    list(struct('ContainerResizePolicy', { resourceName: string, restartPolicy: string })),
    'podbus does not resize containers that run',
  ),
  restartPolicy: refused(string, 'may not be set for non-init containers'),
  volumeMounts: refused(mergedList(volumeMount, 'mountPath'), notYet('mount volumes')),
  volumeDevices: refused(
    mergedList(struct('VolumeDevice', { name: string, devicePath: string }), 'devicePath'),
    notYet('attach block devices'),
  ),
  livenessProbe: refusedProbe,
  readinessProbe: refusedProbe,
  startupProbe: refusedProbe,
  lifecycle: struct('Lifecycle', { postStart: handler, preStop: handler }),
  terminationMessagePath: warned(string, notYet('read termination messages'), oneOf('/dev/termination-log')),
  terminationMessagePolicy: warned(string, notYet('read termination messages'), oneOf('File')),
  imagePullPolicy: string,
  securityContext: refused(securityContext, notYet('apply security contexts'), asksNothing),
  stdin: bool,
  stdinOnce: bool,
  tty: bool,
};

export const container = struct('Container', containerFields);
export const ephemeralContainer = struct('EphemeralContainer', {
  ...containerFields,
  targetContainerName: string,
});
