import { type Document, parseDocument } from 'yaml';
import { maxCommandBytes } from '#contracts/commands.js';
import { rejections } from '#contracts/rejections.js';
import { failureStatus, type Status } from '#contracts/status.js';
import { duplicateKeys } from './duplicate-keys.js';
import { printable, unstorable } from './storable.js';

/** `strictErrors`: fields that stand twice, in the words of Kubernetes's strict decoding. */
export type DecodedBody = { value: unknown; strictErrors: string[] } | { rejection: Status };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON or YAML, one document, of at most `maxCommandBytes` bytes, its text fit to be kept. What starts with `{` is JSON.
 */
export function decodeBody(body: Uint8Array): DecodedBody {
  if (body.byteLength > maxCommandBytes) {
    const message = `Request entity too large: limit is ${maxCommandBytes}`;
    return { rejection: failureStatus('RequestEntityTooLarge', message) };
  }
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return bad('the body is not UTF-8');
  }
  if (text.trim() === '') return bad('the body is empty');
  const isJson = /^\s*\{/.test(text);
  const decoded = isJson ? decodeJson(text) : decodeYaml(text);
  // Within JSON only an escape can hold what is looked for.
  if ('rejection' in decoded || (isJson && !/\\u(0000|d[89a-f])/i.test(text))) return decoded;
  const path = unstorable(decoded.value);
  return path === undefined
    ? decoded
    : bad(`${path || 'the body'}: a string must hold neither U+0000 nor half a surrogate pair`);
}

const bad = (message: string): DecodedBody => ({ rejection: rejections.badRequest(printable(message)) });

function decodeJson(text: string): DecodedBody {
  try {
    const value: unknown = JSON.parse(text);
    return { value, strictErrors: duplicateKeys(text).map((path) => `duplicate field "${path}"`) };
  } catch (error) {
    return bad(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/** YAML 1.1 as Kubernetes reads it: `yes` is a bool, but dates and `12:30` are plain text. */
function decodeYaml(text: string): DecodedBody {
  try {
    const document = parseDocument(text, { version: '1.1', customTags: kubernetesTags });
    const strictErrors = duplicatesIn(document, text);
    const error = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
    if (error?.code === 'MULTIPLE_DOCS')
      return bad('the body holds several YAML documents; send one a command');
    if (error) return bad(`error converting YAML to JSON: yaml: ${firstLine(error.message)}`);
    // Aliases that would expand to more than a hundred times their anchors are a bomb: toJS throws.
    return { value: document.toJS({ maxAliasCount: 100 }), strictErrors };
  } catch (error) {
    // A RangeError is the parser's stack: nested deeper than any manifest.
    const why = error instanceof RangeError ? 'exceeded max depth' : firstLine((error as Error).message);
    return bad(`error converting YAML to JSON: yaml: ${why}`);
  }
}

type CustomTags = NonNullable<Parameters<typeof parseDocument>[1]>['customTags'];
const kubernetesTags: CustomTags = (tags) =>
  tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      !(('format' in tag && tag.format === 'TIME') || tag.tag.endsWith(':timestamp')),
  );

const duplicatesIn = (document: Document, text: string): string[] =>
  document.errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos: [start], linePos }) => {
      const key = /^["']?([^"':\s]*)/.exec(text.slice(start, start + 256))?.[1] ?? '';
      return `yaml: line ${linePos?.[0].line ?? 0}: key "${key}" already set in map`;
    });

const firstLine = (message: string): string => message.split('\n', 1)[0]?.replace(/:$/, '') ?? '';
