import type { ConfigDeletion } from '#contracts/commands.js';
import { type NewEvent, type RecordedEvent } from '#contracts/events/event.js';
import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import { rejections } from '#contracts/rejections.js';
import type { Status, StatusCause } from '#contracts/status.js';
import {
  type ConfigChange,
  type ConfigCommand,
  type ConfigKind,
  type ConfigObject,
  decideConfigCommand,
  type Preconditions,
} from '#domain/config/config.decider.js';
import type { ConfigState } from '#domain/config/config.state.js';
import { deleteConfigSchema } from '#kubernetes/schema/config.schema.js';
import { decodeManifest } from '#kubernetes/schema/decode-manifest.js';
import type { Struct } from '#kubernetes/schema/schema.types.js';
import type { KnownNamespaces } from './known-namespaces.js';
import { nameSuffix } from './name-suffix.js';
import type { Aggregate, Prepare, Refusal, Task } from './task.js';

/** How objects of one kind of configuration come out of a body, out of the log, and into it. */
export interface ConfigAggregate<Manifest, State> {
  kind: ConfigKind<Manifest>;
  schema: Struct;
  aggregate: Aggregate<State>;
  stream(namespace: string, name: string): string;
  /** Of a body that the schema has accepted. */
  defaulted(draft: Record<string, unknown>, context: { suffix: string }): Manifest;
  /** The object as its last writer left it. */
  read(state: State): Promise<ConfigObject<Manifest>>;
  /** A change as the log takes it; undefined when the object is gone by now. */
  record(change: ConfigChange<Manifest>): Promise<NewEvent | undefined>;
  /** What is to follow, best at once, and follows later where this fails. */
  appended?(events: readonly RecordedEvent[]): Promise<void>;
}

export interface ConfigTaskContext {
  ids: IdsPort;
  namespaces: KnownNamespaces;
}

interface Target {
  namespace: string;
  name: string;
}

/** What a body says. */
interface Given<Manifest> {
  manifest: Manifest;
  preconditions: Preconditions;
  target: Target;
  warnings: string[];
  isNameGenerated: boolean;
}

/** The commands on one kind of configuration. */
export class ConfigTasks<
  Manifest extends { metadata: ObjectMeta },
  State extends Pick<ConfigState<unknown>, 'deletedAt'>,
> {
  constructor(
    private readonly of: ConfigAggregate<Manifest, State>,
    private readonly context: ConfigTaskContext,
  ) {}

  /** The body is the manifest. */
  readonly create: Prepare<State> = async (body) => {
    const { ids, namespaces } = this.context;
    const given = this.manifestOf(body, nameSuffix(ids.uuid()));
    if ('rejection' in given) return given;
    const { manifest, target, warnings, isNameGenerated } = given;
    if (!(await namespaces.has(target.namespace))) {
      return { rejection: rejections.notFound('namespaces', target.namespace), target };
    }
    return { ...this.task({ type: 'create', manifest }, target), isNameGenerated, warnings };
  };

  /** The body is the manifest that takes the place of what there is. */
  readonly update: Prepare<State> = async (body) => {
    const given = this.manifestOf(body, '');
    if ('rejection' in given) return given;
    const { manifest, preconditions, target, warnings } = given;
    return { ...this.task({ type: 'update', manifest, preconditions }, target), warnings };
  };

  /** See `ConfigDeletion`. */
  readonly delete: Prepare<State> = async (body) => {
    const decoded = decodeManifest(body, deleteConfigSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const { namespace = 'default', name, uid } = decoded.object as Partial<ConfigDeletion>;
    if (!name) {
      return { rejection: rejections.badRequest('name: Required value'), target: { namespace } };
    }
    return this.task({ type: 'delete', name, preconditions: uid ? { uid } : {} }, { namespace, name });
  };

  private manifestOf(body: Uint8Array, suffix: string): Given<Manifest> | Refusal {
    const decoded = decodeManifest(body, this.of.schema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const { object, refusals, warnings, preconditions } = decoded;
    const manifest = this.of.defaulted(object, { suffix });
    const { name, namespace = '' } = manifest.metadata;
    const target: Target = { namespace, name };
    if (refusals.length > 0) return { rejection: this.invalid(name, refusals), target };
    const isNameGenerated = !(object.metadata as Partial<ObjectMeta> | undefined)?.name;
    return { manifest, preconditions, target, warnings, isNameGenerated };
  }

  private readonly invalid = (name: string, causes: StatusCause[]): Status =>
    rejections.invalid(this.of.kind.objectKind, name, causes);

  private task(command: ConfigCommand<Manifest>, target: Target): Task<State> {
    const { of, context } = this;
    return {
      aggregate: of.aggregate,
      stream: of.stream(target.namespace, target.name),
      target,
      isFresh: false,
      isNameGenerated: false,
      decide: async (state) => {
        const current = state && state.deletedAt === undefined ? await of.read(state) : undefined;
        const decision = decideConfigCommand(of.kind, command, current, { uid: context.ids.uuid() });
        if ('rejection' in decision) return decision;
        const recorded = await Promise.all(decision.events.map((change) => of.record(change)));
        const events = recorded.filter((event) => event !== undefined);
        return events.length === recorded.length
          ? { events }
          : { rejection: rejections.notFound(of.kind.resource, target.name) };
      },
      appended: of.appended,
      warnings: [],
    };
  }
}
