/** A fact that somebody wants to append: what happened, in the past tense, and its payload. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  type: Type;
  data: Data;
}

/** Who and what caused an event. `commandId` is the publisher's `Nats-Msg-Id`. */
export interface EventMetadata {
  /** Who: a user, or the service that observed the fact (`puller/node-a`). */
  actor: string;
  commandId?: string;
  /** The command or fact that began the chain; equal over a pod's whole start. */
  correlationId?: string;
  /** The id of the event that this one answers. */
  causationId?: string;
  /** W3C trace context. */
  traceparent?: string;
}

/** An event as it stands in the log, immutable. */
export interface RecordedEvent<Type extends string = string, Data = unknown> extends NewEvent<Type, Data> {
  /** Global, from 1, gapless, in commit order. */
  position: number;
  id: string;
  /** `<kind>/<namespace>/<name>` of a namespaced kind, else `<kind>/<name>`; see `streams`. */
  stream: string;
  /** From 1 within the stream, gapless. */
  version: number;
  /** Version of the payload's schema after upcasting; see `catalogue.ts`. */
  schemaVersion: number;
  /** RFC 3339 with milliseconds, UTC; never decreases with position. */
  recordedAt: string;
  metadata: EventMetadata;
}

export type Kind =
  | 'pod'
  | 'secret'
  | 'serviceaccount'
  | 'node'
  | 'image'
  | 'namespace'
  | 'prepull'
  | 'command';

/** Kinds whose streams have a namespace in their name; an image's is its node. */
export const namespacedKinds: readonly Kind[] = ['pod', 'secret', 'serviceaccount', 'image'];

/** The one place that spells stream names. */
export const streams = {
  pod: (namespace: string, name: string) => `pod/${namespace}/${name}`,
  secret: (namespace: string, name: string) => `secret/${namespace}/${name}`,
  serviceAccount: (namespace: string, name: string) => `serviceaccount/${namespace}/${name}`,
  node: (name: string) => `node/${name}`,
  /** `image`: an image's id (behind a gate with its runtime handler), or the name of a pull that is intended. */
  image: (node: string, image: string) => `image/${node}/${image}`,
  namespace: (name: string) => `namespace/${name}`,
  prepull: (id: string) => `prepull/${id}`,
  command: (id: string) => `command/${id}`,
  /** The opposite of `parseStream`. */
  of: ({ kind, namespace, name }: { kind: Kind; namespace: string; name: string }) =>
    namespacedKinds.includes(kind) ? `${kind}/${namespace}/${name}` : `${kind}/${name}`,
};

/** Takes a stream name apart; `namespace` is '' for cluster-scoped kinds, and the node of an image. */
export function parseStream(stream: string): { kind: Kind; namespace: string; name: string } {
  const [first, ...rest] = stream.split('/');
  const kind = first as Kind;
  return namespacedKinds.includes(kind)
    ? { kind, namespace: rest[0] ?? '', name: rest.slice(1).join('/') }
    : { kind, namespace: '', name: rest.join('/') };
}
