import type { ConfigDeletion, PatchCommand, PatchType } from '#contracts/commands.js';
import type { NewEvent, RecordedEvent } from '#contracts/events/event.js';
import type { Manifest, ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import { rejections } from '#contracts/rejections.js';
import { failureStatus, type Status } from '#contracts/status.js';
import {
  type ConfigChange,
  type ConfigCommand,
  type ConfigKind,
  type ConfigObject,
  decideConfigCommand,
  type Preconditions,
} from '#domain/config/config.decider.js';
import type { ConfigState } from '#domain/config/config.state.js';
import { patchObject } from '#kubernetes/patch/patch-object.js';
import { patchSchema } from '#kubernetes/schema/command.schemas.js';
import { deleteConfigSchema } from '#kubernetes/schema/config.schema.js';
import { type DecodedManifest, decodeManifest, decodeValue } from '#kubernetes/schema/decode-manifest.js';
import type { Struct } from '#kubernetes/schema/schema.types.js';
import { whyNoPatch } from './changes.js';
import type { KnownNamespaces } from './known-namespaces.js';
import { nameSuffix } from './name-suffix.js';
import type { Aggregate, Prepare, Refusal, Task } from './task.js';

/** How objects of one kind of configuration come out of a body, out of the log, and into it. */
export interface ConfigAggregate<M, State> {
  kind: ConfigKind<M>;
  schema: Struct;
  /** What is wrong with a patch must be said without quoting it. */
  isConfidential?: true;
  aggregate: Aggregate<State>;
  stream(namespace: string, name: string): string;
  /** Of a body that the schema has accepted. */
  defaulted(draft: Record<string, unknown>, context: { suffix: string }): M;
  /** The object as its last writer left it. */
  read(state: State): Promise<ConfigObject<M>>;
  /** A change as the log takes it; undefined when the object is gone by now. */
  record(change: ConfigChange<M>): Promise<NewEvent | undefined>;
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
interface Given<M> {
  manifest: M;
  preconditions: Preconditions;
  target: Target;
  warnings: string[];
  isNameGenerated: boolean;
}

type Asked<M> = ConfigCommand<M> | { rejection: Status };

/** The commands on one kind of configuration. */
export class ConfigTasks<M extends Manifest, State extends Pick<ConfigState<unknown>, 'deletedAt'>> {
  constructor(
    private readonly of: ConfigAggregate<M, State>,
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
    return { ...this.task(target, () => ({ type: 'create', manifest })), isNameGenerated, warnings };
  };

  /** The body is the manifest that takes the place of what there is. */
  readonly update: Prepare<State> = async (body) => {
    const given = this.manifestOf(body, '');
    if ('rejection' in given) return given;
    const { manifest, preconditions, target, warnings } = given;
    return { ...this.task(target, () => ({ type: 'update', manifest, preconditions })), warnings };
  };

  /** See `PatchCommand`. */
  readonly patch: Prepare<State> = async (body) => {
    const decoded = decodeManifest(body, patchSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const {
      namespace = 'default',
      name,
      patchType = 'strategic',
      patch,
    } = decoded.object as Partial<PatchCommand>;
    if (!name) return { rejection: rejections.badRequest('name: Required value'), target: { namespace } };
    const target = { namespace, name };
    const rejection = whyNoPatch({ patchType, patch });
    if (rejection) return { rejection, target };
    return this.task(target, (current) => this.patched(target, current, { patchType, patch }));
  };

  /** See `ConfigDeletion`. */
  readonly delete: Prepare<State> = async (body) => {
    const decoded = decodeManifest(body, deleteConfigSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const { namespace = 'default', name, uid } = decoded.object as Partial<ConfigDeletion>;
    if (!name) {
      return { rejection: rejections.badRequest('name: Required value'), target: { namespace } };
    }
    const preconditions = uid ? { uid } : {};
    return this.task({ namespace, name }, () => ({ type: 'delete', name, preconditions }));
  };

  private manifestOf(body: Uint8Array, suffix: string): Given<M> | Refusal {
    return this.givenOf(decodeManifest(body, this.of.schema), suffix);
  }

  private givenOf(decoded: DecodedManifest | { rejection: Status }, suffix: string): Given<M> | Refusal {
    const { kind, defaulted } = this.of;
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const { object, refusals, warnings, preconditions } = decoded;
    const manifest = defaulted(object, { suffix });
    const { name, namespace = '' } = manifest.metadata;
    const target: Target = { namespace, name };
    if (refusals.length > 0) {
      return { rejection: rejections.invalid(kind.objectKind, name, refusals), target };
    }
    const isNameGenerated = !(object.metadata as Partial<ObjectMeta> | undefined)?.name;
    return { manifest, preconditions, target, warnings, isNameGenerated };
  }

  /** The update that a patch of this object, as its readers see it, comes to. */
  private patched(
    { namespace, name }: Target,
    current: ConfigObject<M> | undefined,
    how: { patchType: PatchType; patch: unknown },
  ): Asked<M> {
    const { kind, schema, isConfidential } = this.of;
    if (!current) return { rejection: rejections.notFound(kind.resource, name) };
    const { uid, position, manifest: present } = current;
    const metadata = { ...present.metadata, uid, resourceVersion: String(position) };
    const shown = { ...present, metadata } as unknown as Record<string, unknown>;
    const whole = patchObject(shown, how, schema);
    if ('rejection' in whole)
      return { rejection: isConfidential ? redacted(whole.rejection) : whole.rejection };
    const decoded = decodeValue(whole.object, schema);
    const given = this.givenOf(decoded, '');
    if ('rejection' in given) return given;
    const { manifest, preconditions, target } = given;
    return target.name === name && target.namespace === namespace
      ? { type: 'update', manifest, preconditions }
      : { rejection: rejections.badRequest('a patch cannot change the name or the namespace of an object') };
  }

  private task(target: Target, commandOn: (current: ConfigObject<M> | undefined) => Asked<M>): Task<State> {
    const { of, context } = this;
    return {
      aggregate: of.aggregate,
      stream: of.stream(target.namespace, target.name),
      target,
      isFresh: false,
      isNameGenerated: false,
      decide: async (state) => {
        const current = state && state.deletedAt === undefined ? await of.read(state) : undefined;
        const command = commandOn(current);
        if ('rejection' in command) return command;
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

/** Why a patch could not be applied, as far as that can be said without a word of patch or object. */
const redacted = ({ reason = 'BadRequest' }: Status): Status =>
  failureStatus(reason, 'the patch could not be applied: <secret contents redacted>');
