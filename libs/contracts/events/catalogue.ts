import type { Catalogue, EventEntry } from './catalogue.types.js';
import { commandCatalogue, namespaceCatalogue, nodeCatalogue } from './cluster.catalogue.js';
import { secretCatalogue, serviceAccountCatalogue } from './config.catalogue.js';
import type { Kind } from './event.js';
import { imageCatalogue } from './image.catalogue.js';
import { podCatalogue } from './pod.catalogue.js';
import { prepullCatalogue } from './prepull.catalogue.js';

const entriesOf = (kind: Kind, entries: Record<string, Omit<EventEntry, 'kind'>>): [string, EventEntry][] =>
  Object.entries(entries).map(([type, entry]) => [type, { kind, ...entry }]);

/** Every event type that podbus writes or has ever written, by name. */
export const catalogue: Catalogue = Object.fromEntries([
  ...entriesOf('pod', podCatalogue),
  ...entriesOf('secret', secretCatalogue),
  ...entriesOf('serviceaccount', serviceAccountCatalogue),
  ...entriesOf('node', nodeCatalogue),
  ...entriesOf('image', imageCatalogue),
  ...entriesOf('namespace', namespaceCatalogue),
  ...entriesOf('prepull', prepullCatalogue),
  ...entriesOf('command', commandCatalogue),
]);
