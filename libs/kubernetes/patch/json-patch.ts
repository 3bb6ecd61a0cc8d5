import { applyPatch, type Operation, Pointer } from 'rfc6902';
import { maxCommandBytes } from '#contracts/commands.js';
import { isObject } from './plain-object.js';

/** Kubernetes's own limit. */
const maxOperations = 10_000;

export type JsonPatched = { value: unknown } | { malformed: string } | { failed: string };

/**
 * RFC 6902, the operations one after the other or none of them. `malformed`: it is no JSON patch; `failed`: it does not
 * fit this document. Copies are limited, since a few of them double a document many times over.
 */
export function jsonPatch(document: unknown, patch: readonly unknown[]): JsonPatched {
  if (patch.length > maxOperations) {
    const malformed = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    return { malformed };
  }
  const value: unknown = structuredClone(document);
  let copiedBytes = 0;
  for (const operation of patch) {
    if (!isOperation(operation)) return { malformed: `no operation of a JSON patch: ${short(operation)}` };
    if (operation.op === 'copy') copiedBytes += sizeAt(value, operation.from);
    if (copiedBytes > maxCommandBytes) {
      return { failed: `unable to complete the copy: more than ${maxCommandBytes} bytes would be added` };
    }
    const [error] = applyPatch(value, [structuredClone(operation)]);
    if (error) return { failed: whyNot(operation, error) };
  }
  return { value };
}

const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

function isOperation(value: unknown): value is Operation {
  if (!isObject(value) || !operations.includes(value.op as string) || !isPointer(value.path)) return false;
  if (value.op === 'move' || value.op === 'copy') return isPointer(value.from);
  return value.op === 'remove' || value.value !== undefined;
}

const isPointer = (value: unknown): value is string => typeof value === 'string' && /^(\/|$)/.test(value);

const sizeAt = (document: unknown, path: string): number =>
  JSON.stringify(Pointer.fromJSON(path).get(document))?.length ?? 0;

function whyNot({ op, path }: Operation, error: Error): string {
  if (error.name === 'TestError') return `testing value ${path} failed: test failed`;
  return error.name === 'MissingError'
    ? `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}`
    : `${op} operation does not apply: ${error.message}`;
}

const short = (value: unknown): string => JSON.stringify(value).slice(0, 200);
