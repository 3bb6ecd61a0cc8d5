import { rejections } from '#contracts/rejections.js';
import type { Status, StatusCause } from '#contracts/status.js';
import { decodeBody } from './decode-body.js';
import { decodeObject } from './decode-object.js';
import type { Struct } from './schema.types.js';

/** A manifest of the right shape; `refusals` are the causes that it can't be admitted for. */
export interface DecodedManifest {
  object: Record<string, unknown>;
  /** The object as it was given, with all that is not honoured. */
  given: Record<string, unknown>;
  refusals: StatusCause[];
  warnings: string[];
}

/**
 * Decodes a body with Kubernetes's strict field validation: unknown and repeated fields and values of a wrong type are
 * a BadRequest that names them. A missing `apiVersion` or `kind` is taken from the schema, another one refused.
 */
export function decodeManifest(body: Uint8Array, schema: Struct): DecodedManifest | { rejection: Status } {
  const decoded = decodeBody(body);
  if ('rejection' in decoded) return decoded;
  const { value, strictErrors } = decoded;
  const mismatch = schema.fields.has('apiVersion') ? kindMismatch(value, schema.name) : undefined;
  if (mismatch !== undefined) return { rejection: rejections.badRequest(mismatch) };
  const { object, typeError, unknownFields, refusals, warnings } = decodeObject(value, schema);
  if (typeError !== undefined) return { rejection: cannotBeHandled(schema.name, typeError) };
  const errors = [...strictErrors, ...unknownFields.map((path) => `unknown field "${path}"`)];
  if (errors.length > 0) {
    return { rejection: cannotBeHandled(schema.name, `strict decoding error: ${errors.join(', ')}`) };
  }
  return { object, given: value as Record<string, unknown>, refusals, warnings };
}

const cannotBeHandled = (kind: string, why: string): Status =>
  rejections.badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${why}`);

function kindMismatch(value: unknown, expected: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { apiVersion = 'v1', kind = expected } = value as { apiVersion?: unknown; kind?: unknown };
  if (apiVersion !== null && apiVersion !== 'v1') {
    return `the API version in the data (${short(apiVersion)}) does not match the expected API version (v1)`;
  }
  return kind === null || kind === expected
    ? undefined
    : `${short(kind)} in version "v1" cannot be handled as a ${expected}: a ${expected} is expected here`;
}

const short = (value: unknown): string =>
  String(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 253);
