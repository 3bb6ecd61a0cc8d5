import { catalogue } from './catalogue.js';
import type { EventEntry } from './catalogue.types.js';
import type { Kind } from './event.js';

const kinds: Record<Kind, string> = {
  pod: 'Pods, stream `pod/<namespace>/<name>`',
  secret: 'Secrets, stream `secret/<namespace>/<name>`',
  serviceaccount: 'Service accounts, stream `serviceaccount/<namespace>/<name>`',
  node: 'Nodes, stream `node/<name>`',
  image: 'Images of nodes, streams `image/<node>/<image id>` and, for intended pulls, `image/<node>/<name>`',
  namespace: 'Namespaces, stream `namespace/<name>`',
  prepull: 'Pre-pulls of images, stream `prepull/<id>`',
  command: 'Commands, stream `command/<id>`',
};

/** `docs/events.md`: every event that podbus writes or has ever written, from the catalogue. Pure. */
export function renderEventsDoc(): string {
  const sections = Object.entries(kinds).map(([kind, title]) => {
    const entries = Object.entries(catalogue).filter(([, entry]) => entry.kind === kind);
    return [`## ${title}`, ...entries.map(([type, entry]) => renderEntry(type, entry))].join('\n\n');
  });
  return `${[intro, ...sections].join('\n\n')}\n`;
}

const intro = `# Events

Generated from \`libs/contracts/events\` by \`npm run docs\`; do not edit.

Every event carries, besides its payload: \`id\`, \`stream\`, \`version\` (its place in the stream, from 1), \`position\`
(its place in the log, from 1, without gaps), \`recordedAt\` (RFC 3339), \`schemaVersion\`, and in \`metadata\` who and
what caused it: \`actor\`, \`commandId\`, \`correlationId\`, \`causationId\`, \`traceparent\`. Payloads of an older schema
version are brought up to today's when they are read.`;

function renderEntry(
  type: string,
  { summary, schemaVersion, life, fields, upcast = {} }: EventEntry,
): string {
  const lives = life === undefined ? '' : ` It ${life} a life of the stream.`;
  const older = Object.keys(upcast);
  const upcasts = older.length > 0 ? `; versions ${older.join(', ')} are upcast` : '';
  const rows = Object.entries(fields).map(([name, meaning]) => `| \`${name}\` | ${cell(meaning)} |`);
  return [
    `### ${type}`,
    `${summary}${lives} Schema version ${schemaVersion}${upcasts}.`,
    ['| field | meaning |', '| --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
