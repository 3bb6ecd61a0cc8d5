import { parseAllDocuments } from 'yaml';
import { type CommandKind, commandKinds } from '#contracts/subjects.js';
import { yamlProblem } from '#kubernetes/schema/yaml-problem.js';
import { CliError, usage } from './cli-error.js';

export interface ManifestDocument {
  kind: CommandKind;
  /** `pod/web`, for people. */
  shown: string;
  body: Record<string, unknown>;
}

/** Every document of a YAML or JSON file, `List`s taken apart; `namespace` where a document names none. */
export function readManifests(text: string, source: string, namespace: string): ManifestDocument[] {
  const documents = parseAllDocuments(text, { logLevel: 'error' });
  const found: unknown[] = [];
  for (const document of documents) {
    const broken = document.errors[0];
    if (broken) throw new CliError(`${source}: ${yamlProblem(broken)}`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) continue;
    if (isObject(value) && value.kind === 'List' && Array.isArray(value.items))
      found.push(...(value.items as unknown[]));
    else found.push(value);
  }
  if (found.length === 0) throw usage(`${source} holds no manifest`);
  return found.map((value) => toDocument(value, source, namespace));
}

function toDocument(value: unknown, source: string, namespace: string): ManifestDocument {
  if (!isObject(value) || typeof value.kind !== 'string')
    throw new CliError(`${source}: a document in it is no Kubernetes object: it has no kind`);
  const kind = commandKinds.find((known) => known === (value.kind as string).toLowerCase());
  if (!kind) throw new CliError(`${source}: podbus knows no kind ${value.kind}`);
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const named = clusterScoped.has(kind) ? metadata : { namespace, ...metadata };
  const name = metadata.name ?? metadata.generateName ?? '?';
  return { kind, shown: `${kind}/${String(name)}`, body: { ...value, metadata: named } };
}

const clusterScoped = new Set<CommandKind>(['namespace', 'node', 'runtimeclass', 'image']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
