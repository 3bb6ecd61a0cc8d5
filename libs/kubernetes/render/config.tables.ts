import { since } from './durations.js';
import { ageColumn, column, nameColumn, type TableShape } from './table.js';

interface ConfigDoc {
  metadata: { name: string; creationTimestamp: string };
}

/** Of opened secrets: one whose key was shredded has no data. */
export const secretTable: TableShape = {
  columns: [
    nameColumn(),
    column('Type', 'What kind of data the secret holds, which says what keys it must have.'),
    // Kubernetes says "string" here too, and sends a number.
    column('Data', 'How many values the secret holds.'),
    ageColumn,
  ],
  cells(doc, nowMs) {
    const { metadata, type, data = {} } = doc as ConfigDoc & { type: string; data?: object };
    return [metadata.name, type, Object.keys(data).length, since(metadata.creationTimestamp, nowMs)];
  },
};

export const serviceAccountTable: TableShape = {
  columns: [nameColumn(), column('Secrets', 'How many secrets the account lists.'), ageColumn],
  cells(doc, nowMs) {
    const { metadata, secrets = [] } = doc as ConfigDoc & { secrets?: unknown[] };
    return [metadata.name, secrets.length, since(metadata.creationTimestamp, nowMs)];
  },
};
