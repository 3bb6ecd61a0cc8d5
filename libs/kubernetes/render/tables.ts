import type { ResourceRow } from '../resources.js';
import { secretTable, serviceAccountTable } from './config.tables.js';
import { eventTable } from './event.table.js';
import { namespaceTable } from './namespace.table.js';
import { nodeTable } from './node.table.js';
import { podTable } from './pod.table.js';
import type { TableShape } from './table.js';

/** How each kind is shown, by the row's kind in the table `objects`. */
export const tableShapes: Readonly<Record<ResourceRow, TableShape>> = {
  pod: podTable,
  secret: secretTable,
  serviceaccount: serviceAccountTable,
  node: nodeTable,
  namespace: namespaceTable,
  event: eventTable,
};
