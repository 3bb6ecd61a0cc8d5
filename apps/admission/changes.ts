import { type PatchCommand, type PatchType, patchTypes } from '#contracts/commands.js';
import type { NewEvent } from '#contracts/events/event.js';
import { rejections } from '#contracts/rejections.js';
import type { Status } from '#contracts/status.js';
import type { Decision } from '#domain/decision.js';
import { patchObject } from '#kubernetes/patch/patch-object.js';
import { patchSchema } from '#kubernetes/schema/command.schemas.js';
import { type DecodedManifest, decodeManifest, decodeValue } from '#kubernetes/schema/decode-manifest.js';
import type { Struct } from '#kubernetes/schema/schema.types.js';
import type { Aggregate, Decided, Prepare, Task } from './task.js';

/** A kind of object that can be changed as a whole: what `update` and `patch` need to know of it, and no more. */
export interface Changeable<State> {
  aggregate: Aggregate<State>;
  /** Of its manifest; has the merge keys for strategic merge patches. */
  schema: Struct;
  isNamespaced: boolean;
  stream(target: { namespace: string; name: string }): string;
  /** False for the state of an object that was deleted. */
  exists(state: State): boolean;
  /** The object that is wanted, of the right shape and name, against the one that is: defaults, checks, facts. Pure. */
  decide(wanted: DecodedManifest, current: State): Decision<NewEvent>;
}

/** The body is the whole object; `metadata.uid` and `metadata.resourceVersion`, where given, must be the present ones. */
export const prepareUpdate =
  <State>(kind: Changeable<State>): Prepare<State> =>
  async (body) => {
    const manifest = decodeManifest(body, kind.schema);
    if ('rejection' in manifest) return { ...manifest, target: {} };
    const { name, namespace } = identityOf(manifest.given);
    if (!name) return { rejection: rejections.badRequest('metadata.name: Required value'), target: {} };
    const target = targetOf(kind, { namespace, name });
    return changeTask(kind, target, (state) => change(kind, manifest, state));
  };

/** The patch is applied to the object as readers see it, and the result is taken as an update. */
export const preparePatch =
  <State>(kind: Changeable<State>): Prepare<State> =>
  async (body) => {
    const decoded = decodeManifest(body, patchSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const { namespace, name, patchType = 'strategic', patch } = decoded.object as Partial<PatchCommand>;
    if (!name) return { rejection: rejections.badRequest('name: Required value'), target: {} };
    const target = targetOf(kind, { namespace, name });
    const rejection = whyNoPatch({ patchType, patch });
    if (rejection) return { rejection, target };
    return changeTask(kind, target, (state) => {
      const shown = kind.aggregate.render(state);
      const patched = patchObject(shown, { patchType, patch }, kind.schema);
      if ('rejection' in patched) return patched;
      const manifest = decodeValue(patched.object, kind.schema);
      return 'rejection' in manifest ? manifest : change(kind, manifest, state);
    });
  };

/** What is wrong with the body of a patch command, whatever it is for. */
export function whyNoPatch({ patchType, patch }: Partial<PatchCommand>): Status | undefined {
  if (!patchTypes.includes(patchType as PatchType)) {
    const supported = patchTypes.map((type) => JSON.stringify(type)).join(', ');
    return rejections.badRequest(
      `patchType: Unsupported value: ${JSON.stringify(patchType)}: supported values: ${supported}`,
    );
  }
  return patch === undefined ? rejections.badRequest('patch: Required value') : undefined;
}

interface ChangeTarget {
  namespace?: string;
  name: string;
}

const targetOf = (
  { isNamespaced }: { isNamespaced: boolean },
  { namespace, name }: ChangeTarget,
): ChangeTarget => (isNamespaced ? { namespace: namespace || 'default', name } : { name });

function changeTask<State>(
  { aggregate, stream, exists }: Changeable<State>,
  target: ChangeTarget,
  decide: (state: State) => Decided,
): Task<State> {
  const { namespace = '', name } = target;
  return {
    aggregate,
    stream: stream({ namespace, name }),
    target,
    isFresh: false,
    isNameGenerated: false,
    decide: (state) =>
      state !== undefined && exists(state)
        ? decide(state)
        : { rejection: rejections.notFound(aggregate.resource, name) },
    warnings: [],
  };
}

function change<State>(
  { aggregate, decide }: Changeable<State>,
  manifest: DecodedManifest,
  state: State,
): Decided {
  const current = identityOf(aggregate.render(state));
  const rejection = otherIdentity(aggregate.resource, identityOf(manifest.given), current);
  return rejection ? { rejection } : { ...decide(manifest, state), warnings: manifest.warnings };
}

interface Identity {
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
}

/** What is no text is said to be wrong when the object is decoded by its schema. */
function identityOf(object: Record<string, unknown>): Identity {
  const metadata = (object.metadata ?? {}) as Record<string, unknown>;
  const text = (key: keyof Identity) => (typeof metadata[key] === 'string' ? metadata[key] : undefined);
  return {
    name: text('name'),
    namespace: text('namespace'),
    uid: text('uid'),
    resourceVersion: text('resourceVersion'),
  };
}

/** An update is for the object that its author saw; an identity that is left out, or empty, is any. */
function otherIdentity(resource: string, wanted: Identity, current: Identity): Status | undefined {
  const { name = '' } = current;
  if (wanted.name !== name) return otherName('name', wanted.name, name);
  if (wanted.namespace && wanted.namespace !== current.namespace) {
    return otherName('namespace', wanted.namespace, current.namespace);
  }
  if (wanted.uid && wanted.uid !== current.uid) {
    const why = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${current.uid}`;
    return rejections.conflict(resource, name, why);
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== current.resourceVersion) {
    return rejections.conflict(resource, name, rejections.modified);
  }
  return undefined;
}

const otherName = (what: 'name' | 'namespace', wanted = '', current = ''): Status =>
  rejections.badRequest(
    `the ${what} of the object (${wanted}) does not match the ${what} on the URL (${current})`,
  );
