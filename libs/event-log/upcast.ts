import type { Catalogue, EventEntry } from '#contracts/events/catalogue.types.js';
import type { NewEvent } from '#contracts/events/event.js';

/** The entry of a type; throws for a type that the catalogue does not know. */
export function entryOf(catalogue: Catalogue, type: string): EventEntry {
  const entry = catalogue[type];
  if (entry === undefined)
    throw new Error(
      `The event type ${type} is not in the catalogue: was it written by a newer podbus? Upgrade this one.`,
    );
  return entry;
}

/**
 * Turns a stored payload into today's, a version at a time. Throws when the event is of a version that this
 * catalogue does not know yet, or lost the upcaster of.
 */
export function upcast(
  catalogue: Catalogue,
  type: string,
  schemaVersion: number,
  data: unknown,
): { schemaVersion: number; data: unknown } {
  const entry = entryOf(catalogue, type);
  if (schemaVersion > entry.schemaVersion)
    throw new Error(
      `${type} has schema version ${schemaVersion}, newer than ${entry.schemaVersion}, the newest that this podbus knows. Upgrade it.`,
    );
  let current = data;
  for (let version = schemaVersion; version < entry.schemaVersion; version++) {
    const step = entry.upcast?.[version];
    if (step === undefined)
      throw new Error(`The catalogue has no upcaster of ${type} from version ${version}.`);
    current = step(current as never);
  }
  return { schemaVersion: entry.schemaVersion, data: current };
}

/** How an append changes its stream's life. */
export interface LifeChange {
  /** Ordinal (from 1) of its last event that opens a life; 0: none. */
  opensAt: number;
  /** Whether the stream is open afterwards; undefined: as before, and a new stream is open. */
  open?: boolean;
}

export function lifeChange(catalogue: Catalogue, events: NewEvent[]): LifeChange {
  const change: LifeChange = { opensAt: 0 };
  events.forEach(({ type }, index) => {
    const { life } = entryOf(catalogue, type);
    if (life === 'opens') change.opensAt = index + 1;
    if (life !== undefined) change.open = life === 'opens';
  });
  return change;
}
