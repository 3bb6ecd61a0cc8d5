import type { Catalogue, EventEntry } from './catalogue.types.js';
import { commandCatalogue, namespaceCatalogue, nodeCatalogue } from './cluster.catalogue.js';
import { secretCatalogue, serviceAccountCatalogue } from './config.catalogue.js';
import type { Kind } from './event.js';
import { podCatalogue } from './pod.catalogue.js';

const entriesOf = (kind: Kind, entries: Record<string, Omit<EventEntry, 'kind'>>): [string, EventEntry][] =>
  Object.entries(entries).map(([type, entry]) => [type, { kind, ...entry }]);

/** Every event type that podbus writes or has ever written, by name. */
export const catalogue: Catalogue = Object.fromEntries([
  ...entriesOf('pod', podCatalogue),
  ...entriesOf('secret', secretCatalogue),
  ...entriesOf('serviceaccount', serviceAccountCatalogue),
  ...entriesOf('node', nodeCatalogue),
  ...entriesOf('namespace', namespaceCatalogue),
  ...entriesOf('command', commandCatalogue),
]);
