import { hostname } from 'node:os';
import { admissionPluginNames } from '#domain/admission/plugins.js';
import {
  hostPort,
  namesOutOf,
  nodeName,
  oneOf,
  type Parse,
  path,
  port,
  registryHost,
  socketPath,
  urls,
} from './config.parsers.js';
import { gates } from './feature-gates.js';

export interface Setting<T> {
  parse: Parse<T>;
  /** Absent: the setting stays undefined when nobody gives it. */
  default?: () => string;
  /** The default in words, for `docs/configuration.md`; else the default itself. */
  defaultInWords?: string;
  /** For people; Markdown, one paragraph. */
  description: string;
  /** Never printed. */
  secret?: boolean;
}

const withDefault = <T>(text: string, parse: Parse<T>, description: string) => ({
  parse,
  default: () => text,
  description,
});
const optional = <T>(
  parse: Parse<T>,
  description: string,
  more: { secret?: boolean } = {},
): Setting<T | undefined> => ({
  parse,
  description,
  ...more,
});

/** Every variable that podbus reads, and all that is known of it: `config.ts` and `docs/configuration.md` follow this. */
export const settings = {
  home: {
    name: 'PODBUS_HOME',
    ...withDefault(
      '.podbus',
      path,
      'Directory of everything that this installation keeps: embedded parts, logs of containers, `kubeconfig`, `ready.json`. Relative to the working directory.',
    ),
  },
  http: {
    name: 'PODBUS_HTTP',
    ...withDefault('127.0.0.1:7070', hostPort, 'Address of the REST API. Port 0 takes any free one.'),
  },
  natsUrl: {
    name: 'PODBUS_NATS_URL',
    ...optional(
      urls('nats', 'tls', 'ws', 'wss'),
      'NATS server or servers of yours, comma-separated, with JetStream. Unset: `podbus up` starts nats-server.',
      { secret: true },
    ),
  },
  postgresUrl: {
    name: 'PODBUS_POSTGRES_URL',
    ...optional(
      urls('postgres', 'postgresql'),
      'Postgres database of yours. Unset: `podbus up` starts Postgres.',
      { secret: true },
    ),
  },
  containerdAddress: {
    name: 'PODBUS_CONTAINERD_ADDRESS',
    ...optional(socketPath, 'Socket of a containerd of yours. Unset: `podbus up` starts a private one.'),
  },
  natsReplicas: {
    name: 'PODBUS_NATS_REPLICAS',
    ...withDefault(
      '1',
      (text) => (oneOf('1', '3')(text, { cwd: '' }) === '3' ? (3 as const) : (1 as const)),
      'Copies of each JetStream stream: `1`, or `3` on a NATS cluster of three servers or more.',
    ),
  },
  natsPort: {
    name: 'PODBUS_NATS_PORT',
    ...withDefault(
      '0',
      port,
      'Port of the embedded NATS on 127.0.0.1. 0: the one it had last, or any free one.',
    ),
  },
  postgresPort: {
    name: 'PODBUS_POSTGRES_PORT',
    ...withDefault(
      '0',
      port,
      'Port of the embedded Postgres on 127.0.0.1. 0: the one it had last, or any free one.',
    ),
  },
  nodeName: {
    name: 'PODBUS_NODE_NAME',
    parse: nodeName,
    default: () => hostname().toLowerCase(),
    defaultInWords: "the machine's hostname",
    description: 'Name of this machine as a Kubernetes Node.',
  },
  kubeletConfigPath: {
    name: 'PODBUS_KUBELET_CONFIG',
    ...optional(path, 'File of kind `KubeletConfiguration` (`kubelet.config.k8s.io/v1beta1`); see below.'),
  },
  imageCredentialProviderConfig: {
    name: 'PODBUS_IMAGE_CREDENTIAL_PROVIDER_CONFIG',
    ...optional(
      path,
      'File of kind `CredentialProviderConfig` (`kubelet.config.k8s.io/v1`, `v1beta1` or `v1alpha1`): the node’s credential provider plugins. Read at start; only together with the next one.',
    ),
  },
  imageCredentialProviderBinDir: {
    name: 'PODBUS_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR',
    ...optional(
      path,
      'Directory of the executables of these plugins, each under its name. They inherit the environment without the `PODBUS_` variables.',
    ),
  },
  defaultRegistry: {
    name: 'PODBUS_DEFAULT_REGISTRY',
    ...optional(
      registryHost,
      'Registry of image names without a host, such as `registry.example:5000`. Unset: `docker.io`.',
    ),
  },
  dockerConfig: {
    name: 'PODBUS_DOCKER_CONFIG',
    ...optional(
      path,
      "The node's Docker `config.json` with registry credentials, or its directory. Unset: the first valid one of `config.json` in `PODBUS_HOME`, the working directory, `$HOME/.docker` and `/.docker`, then `.dockercfg` in the home, the working directory, `$HOME` and `/`. Read again every five minutes.",
    ),
  },
  admissionPlugins: {
    name: 'PODBUS_ADMISSION_PLUGINS',
    ...withDefault(
      '',
      namesOutOf(admissionPluginNames, 'admission plugin'),
      'Admission plugins to add to the default ones, comma-separated.',
    ),
  },
  featureGates: {
    name: 'PODBUS_FEATURE_GATES',
    ...withDefault(
      '',
      gates,
      "Kubernetes's feature gates, `Name=true,Other=false`. They win over those of the kubelet's file.",
    ),
  },
  logLevel: {
    name: 'PODBUS_LOG_LEVEL',
    ...withDefault(
      'info',
      oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      'Least severe level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
    ),
  },
  logFile: {
    name: 'PODBUS_LOG_FILE',
    ...optional(
      path,
      'File that the log, JSON lines, is appended to. Unset: standard error; `podbus up` at a terminal: `podbus.log` in the home.',
    ),
  },
} as const satisfies Record<string, Setting<unknown> & { name: `PODBUS_${string}` }>;
