import { since } from './durations.js';
import { ageColumn, column, nameColumn, type TableShape } from './table.js';

export const namespaceTable: TableShape = {
  columns: [nameColumn(), column('Status', 'The status of the namespace'), ageColumn],
  cells(doc, nowMs) {
    const { metadata, status } = doc as {
      metadata: { name: string; creationTimestamp: string };
      status: { phase: string };
    };
    return [metadata.name, status.phase, since(metadata.creationTimestamp, nowMs)];
  },
};
