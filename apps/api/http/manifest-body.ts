import { parse } from 'yaml';
import { parseGoJson } from '#domain/image/credentials/go-json.js';
import { decodeProtobuf, protobufType } from '#kubernetes/protobuf/decode-protobuf.js';
import { yamlProblem } from '#kubernetes/schema/yaml-problem.js';
import { refusal } from './status-error.js';

const yamlTypes = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']);

/**
 * The object in a request's body: JSON (also when nothing is said), YAML or protobuf by content type. Rejects, as a `Status`, what
 * is neither, what is malformed, and what is no object. An empty body is undefined.
 */
export function readBody(
  contentType: string | undefined,
  body: unknown,
): Record<string, unknown> | undefined {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  if (type === protobufType) return readProtobuf(body);
  const isYaml = yamlTypes.has(type);
  if (!isYaml && type !== 'application/json') {
    throw refusal(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format (${type}) - accepted media types include: application/json, application/yaml`,
    );
  }
  const value = parsed(body.toString('utf8'), isYaml);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal('BadRequest', 'the body of the request holds no object');
  return value as Record<string, unknown>;
}

/** What `kubectl create secret` and its like send; as a JSON object. */
function readProtobuf(body: Uint8Array): Record<string, unknown> {
  const decoded = decodeProtobuf(body);
  if ('object' in decoded) return decoded.object;
  throw refusal(
    'UnsupportedMediaType',
    `the body of the request could not be read as protobuf: ${decoded.error}`,
  );
}

function parsed(text: string, isYaml: boolean): unknown {
  const outcome = isYaml ? parsedYaml(text) : parseGoJson(text);
  if ('error' in outcome)
    throw refusal('BadRequest', `the body of the request could not be read: ${outcome.error}`);
  return outcome.value;
}

function parsedYaml(text: string): ReturnType<typeof parseGoJson> {
  try {
    return { value: parse(text, { maxAliasCount: 100, logLevel: 'error' }) };
  } catch (error) {
    return { error: `yaml: ${yamlProblem(error)}` };
  }
}
