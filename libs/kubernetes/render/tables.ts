import type { Resource } from '../resources.js';
import { eventTable } from './event.table.js';
import { namespaceTable } from './namespace.table.js';
import { nodeTable } from './node.table.js';
import { podTable } from './pod.table.js';
import type { TableShape } from './table.js';

/** How each kind is shown, by the row's kind in the table `objects`. */
export const tableShapes: Readonly<Record<Resource['row'], TableShape>> = {
  pod: podTable,
  node: nodeTable,
  namespace: namespaceTable,
  event: eventTable,
};
