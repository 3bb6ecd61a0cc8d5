import { type Resource, resources } from '#kubernetes/resources.js';
import { noSuchPath } from '../http/status-error.js';

/** Finds what a path names; anything else is a 404. */
export function resourceAt(group: string, version: string, plural: string, inNamespace: boolean): Resource {
  const found = resources.find(
    (one) => one.plural === plural && one.group === group && one.version === version,
  );
  if (!found || (inNamespace && !found.namespaced)) throw noSuchPath();
  return found;
}
