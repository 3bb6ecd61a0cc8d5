import type { PatchType } from '#contracts/commands.js';
import { rejections } from '#contracts/rejections.js';
import { failureStatus, type Status } from '#contracts/status.js';
import type { Struct } from '../schema/schema.types.js';
import { jsonPatch } from './json-patch.js';
import { mergePatch } from './merge-patch.js';
import { PatchError } from './patch-error.js';
import { isObject, type PlainObject } from './plain-object.js';
import { strategicMerge } from './strategic-merge.js';

export type PatchedObject = { object: PlainObject } | { rejection: Status };

/**
 * An object as its readers see it, patched; `schema` has the merge keys of its lists. A patch that is none is a
 * BadRequest; a JSON patch that does not fit the object is Invalid, in the words of Kubernetes. Leaves `shown` as it is.
 */
export function patchObject(
  shown: PlainObject,
  { patchType, patch }: { patchType: PatchType; patch: unknown },
  schema: Struct,
): PatchedObject {
  try {
    return patchType === 'json'
      ? withJsonPatch(shown, patch)
      : withMerge(shown, { patchType, patch }, schema);
  } catch (error) {
    if (error instanceof PatchError) return malformed(error.message);
    // The stack: nested deeper than any object.
    if (error instanceof RangeError) return malformed('exceeded max depth');
    throw error;
  }
}

function withMerge(
  shown: PlainObject,
  { patchType, patch }: { patchType: 'strategic' | 'merge'; patch: unknown },
  schema: Struct,
): PatchedObject {
  if (!isObject(patch)) return malformed(`a ${patchType} merge patch is an object`);
  const patched = patchType === 'merge' ? mergePatch(shown, patch) : strategicMerge(shown, patch, schema);
  return { object: patched as PlainObject };
}

function withJsonPatch(shown: PlainObject, patch: unknown): PatchedObject {
  if (!Array.isArray(patch)) return malformed('a JSON patch is a list of operations');
  const patched = jsonPatch(shown, patch);
  if ('malformed' in patched) return malformed(patched.malformed);
  if ('failed' in patched) return doesNotFit(patched.failed);
  return isObject(patched.value) ? { object: patched.value } : doesNotFit('nothing is left of the object');
}

const malformed = (why: string): PatchedObject => ({
  rejection: rejections.badRequest(`error decoding patch: ${why}`),
});

const doesNotFit = (message: string): PatchedObject => ({
  rejection: failureStatus('Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ reason: 'UnexpectedServerResponse', message, field: '' }],
  }),
});
