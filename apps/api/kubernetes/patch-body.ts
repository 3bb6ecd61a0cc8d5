import type { PatchType } from '#contracts/commands.js';
import { parseGoJson } from '#domain/image/credentials/go-json.js';
import { refusal } from '../http/status-error.js';

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};
const serverSideApply = 'application/apply-patch+yaml';

export interface PatchBody {
  patchType: PatchType;
  patch: unknown;
}

/** A patch by its content type; throws the `Status` of one that is not offered, and of a body that is no JSON. */
export function readPatch(contentType: string | undefined, body: unknown): PatchBody {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  const patchType = patchTypes[type];
  if (patchType === undefined) throw refusal('UnsupportedMediaType', notOffered(type));
  const parsed = parseGoJson(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  if ('error' in parsed) throw refusal('BadRequest', `error decoding patch: ${parsed.error}`);
  return { patchType, patch: parsed.value };
}

function notOffered(type: string): string {
  const accepted = Object.keys(patchTypes).join(', ');
  const why =
    type === serverSideApply
      ? 'podbus has no server-side apply, use client-side apply'
      : 'the body of the request was in an unknown format';
  return `${why} - accepted media types include: ${accepted}`;
}
