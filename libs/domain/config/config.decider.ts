import type { NewEvent } from '#contracts/events/event.js';
import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import { rejections } from '#contracts/rejections.js';
import type { StatusCause } from '#contracts/status.js';
import type { Decision } from '../decision.js';

/** What is particular to one kind of configuration: objects that are written whole and run by nobody. */
export interface ConfigKind<Manifest> {
  /** `Secret` */
  objectKind: string;
  /** `secrets` */
  resource: string;
  events: { created: string; updated: string; deleted: string };
  /** What is wrong with an object; `current`: that it would take the place of. */
  validate(manifest: Manifest, current?: Manifest): StatusCause[];
}

/** An object that exists; `manifest` as its last writer left it. */
export interface ConfigObject<Manifest> {
  uid: string;
  /** Log position of its last event. */
  position: number;
  manifest: Manifest;
}

/** What the object has to be for a command to take effect; another uid or position is a Conflict. */
export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

/** `manifest` is defaulted. */
export type ConfigCommand<Manifest> =
  | { type: 'create'; manifest: Manifest }
  | { type: 'update'; manifest: Manifest; preconditions: Preconditions }
  | { type: 'delete'; name: string; preconditions: Preconditions };

/** What is to become of the object; of a secret still in the clear, so not to be recorded as it is. */
export type ConfigChange<Manifest> = NewEvent<string, { uid: string; manifest?: Manifest }>;

/**
 * Decides a command on one object of configuration; pure. An existing namespace is the caller's to check. An update
 * that changes nothing has no events.
 */
export function decideConfigCommand<Manifest extends { metadata: ObjectMeta }>(
  kind: ConfigKind<Manifest>,
  command: ConfigCommand<Manifest>,
  current: ConfigObject<Manifest> | undefined,
  { uid }: { uid: string },
): Decision<ConfigChange<Manifest>> {
  if (command.type === 'create') {
    const { manifest } = command;
    const { name } = manifest.metadata;
    const causes = kind.validate(manifest);
    if (causes.length > 0) return { rejection: rejections.invalid(kind.objectKind, name, causes) };
    if (current) return { rejection: rejections.alreadyExists(kind.resource, name) };
    return { events: [{ type: kind.events.created, data: { uid, manifest } }] };
  }
  const name = command.type === 'update' ? command.manifest.metadata.name : command.name;
  if (!current) return { rejection: rejections.notFound(kind.resource, name) };
  const conflict = conflictOf(command.preconditions, current);
  if (conflict !== undefined) return { rejection: rejections.conflict(kind.resource, name, conflict) };
  return command.type === 'update'
    ? update(kind, command.manifest, current)
    : { events: [{ type: kind.events.deleted, data: { uid: current.uid } }] };
}

function update<Manifest extends { metadata: ObjectMeta }>(
  kind: ConfigKind<Manifest>,
  given: Manifest,
  current: ConfigObject<Manifest>,
): Decision<ConfigChange<Manifest>> {
  // How the name came about is not the writer's to change.
  const { generateName: _, ...metadata } = given.metadata;
  const { generateName } = current.manifest.metadata;
  const manifest = { ...given, metadata: { ...metadata, ...(generateName ? { generateName } : {}) } };
  const causes = kind.validate(manifest, current.manifest);
  if (causes.length > 0) {
    return { rejection: rejections.invalid(kind.objectKind, metadata.name, causes) };
  }
  if (isSame(manifest, current.manifest)) return { events: [] };
  return { events: [{ type: kind.events.updated, data: { uid: current.uid, manifest } }] };
}

/** Ends the sentence that begins "Operation cannot be fulfilled on …: ". */
function conflictOf(
  { uid, resourceVersion }: Preconditions,
  current: { uid: string; position: number },
): string | undefined {
  if (uid && uid !== current.uid)
    return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.uid}`;
  return resourceVersion && resourceVersion !== String(current.position) ? rejections.modified : undefined;
}

/** Equal as JSON; the order of keys does not matter. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return [...keys].every((key) => isSame(a[key], b[key]));
}
