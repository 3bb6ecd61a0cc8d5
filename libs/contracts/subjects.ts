/**
 * The one file that builds every NATS subject of podbus.
 * Object names may hold dots, a subject token may not: dots are written `_`, which no Kubernetes name contains;
 * `_` alone stands for "no namespace".
 */
const root = 'podbus.v1';

export const commandKinds = [
  'pod',
  'secret',
  'configmap',
  'service',
  'serviceaccount',
  'namespace',
  'runtimeclass',
  'node',
  'image',
] as const;
export type CommandKind = (typeof commandKinds)[number];

export const commandVerbs = [
  'create',
  'update',
  'patch',
  'delete',
  'evict',
  'retry-pull',
  'prepull',
  'cordon',
  'uncordon',
] as const;
export type CommandVerb = (typeof commandVerbs)[number];

/** What a subject token may not hold: dots, wildcards, blanks and control characters (a command id may hold any). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[.*>\s\u0000-\u001f\u007f]/g;
const token = (name: string) => (name === '' ? '_' : name.replace(forbidden, '_'));

export const subjects = {
  /** `podbus.v1.command.<kind>.<verb>`: core request/reply. */
  command: (kind: string, verb: string) => `${root}.command.${kind}.${verb}`,
  /** `podbus.v1.command.>` */
  allCommands: () => `${root}.command.>`,
  /** `podbus.v1.queue.<kind>.<verb>`: durable, stream `PODBUS_COMMANDS`. */
  queue: (kind: string, verb: string) => `${root}.queue.${kind}.${verb}`,
  allQueued: () => `${root}.queue.>`,
  /** `podbus.v1.outcome.<command id>`; dots between tokens stay. */
  outcome: (commandId: string) => `${root}.outcome.${commandId.split('.').map(token).join('.')}`,
  /** `podbus.v1.dead-letter.<kind>.<verb>`: a queued command that could not be handled. */
  deadLetter: (kind: string, verb: string) => `${root}.dead-letter.${kind}.${verb}`,
  allDeadLetters: () => `${root}.dead-letter.>`,
  /** `podbus.v1.event.<kind>.<namespace>.<name>.<EventType>`: CloudEvents, stream `PODBUS_EVENTS`. */
  event: (kind: string, namespace: string, name: string, type: string) =>
    `${root}.event.${kind}.${token(namespace)}.${token(name)}.${type}`,
  allEvents: () => `${root}.event.>`,
  /** `podbus.v1.doorbell`: committed appends, as a copy, right after commit. */
  doorbell: () => `${root}.doorbell`,
  /** `podbus.v1.heartbeat.<node>`: a node is alive; never stored. */
  heartbeat: (node: string) => `${root}.heartbeat.${token(node)}`,
  allHeartbeats: () => `${root}.heartbeat.*`,
  /** `podbus.v1.progress.image.<node>`: pull progress; never stored. */
  imageProgress: (node: string) => `${root}.progress.image.${token(node)}`,
  allImageProgress: () => `${root}.progress.image.*`,
};

export const jetStreams = {
  commands: 'PODBUS_COMMANDS',
  events: 'PODBUS_EVENTS',
  deadLetters: 'PODBUS_DEAD_LETTERS',
} as const;

export const headers = {
  commandId: 'Nats-Msg-Id',
  actor: 'Podbus-Actor',
  traceparent: 'traceparent',
} as const;
