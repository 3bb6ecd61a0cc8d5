import { decodeBody } from '#kubernetes/schema/decode-body.js';
import { decodeManifest } from '#kubernetes/schema/decode-manifest.js';
import { namespaceOfProtobuf } from '#kubernetes/schema/namespace.protobuf.js';
import { namespaceSchema } from '#kubernetes/schema/namespace.schema.js';
import type { Struct } from '#kubernetes/schema/schema.types.js';
import { refusal, StatusError } from './status-error.js';

const mediaTypes = new Set([
  'application/json',
  'application/yaml',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
]);

/**
 * The object in a request's body, JSON or YAML. Rejects, as a `Status`, other media types, what is malformed, and what
 * is no object. An empty body is undefined.
 */
export function readBody(
  contentType: string | undefined,
  body: unknown,
): Record<string, unknown> | undefined {
  const bytes = bytesOf(contentType, body);
  if (!bytes) return undefined;
  const decoded = decodeBody(bytes);
  if ('rejection' in decoded) throw new StatusError(decoded.rejection);
  const { value } = decoded;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal('BadRequest', 'the body of the request holds no object');
  return value as Record<string, unknown>;
}

/** The manifest in a request's body as it was given. What NATS would refuse to decode is refused here in the same words. */
export function readManifest(
  contentType: string | undefined,
  body: unknown,
  schema: Struct,
): Record<string, unknown> {
  const bytes = protobufOf(contentType, body, schema) ?? bytesOf(contentType, body);
  const decoded = decodeManifest(bytes ?? Buffer.alloc(0), schema);
  if ('rejection' in decoded) throw new StatusError(decoded.rejection);
  return decoded.given;
}

/** Of the kinds that podbus takes kubectl sends one in protobuf only. */
function protobufOf(contentType: string | undefined, body: unknown, schema: Struct): Buffer | undefined {
  if (contentType !== 'application/vnd.kubernetes.protobuf' || !Buffer.isBuffer(body)) return undefined;
  const namespace = schema === namespaceSchema ? namespaceOfProtobuf(body) : undefined;
  return namespace && Buffer.from(JSON.stringify(namespace));
}

function bytesOf(contentType: string | undefined, body: unknown): Buffer | undefined {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  if (mediaTypes.has(type)) return body;
  throw refusal(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format (${type}) - accepted media types include: application/json, application/yaml`,
  );
}
