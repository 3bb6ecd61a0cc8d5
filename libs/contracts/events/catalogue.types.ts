import type { Kind } from './event.js';

/** One event type: what it says, what its payload holds, and how old payloads become new ones. */
export interface EventEntry {
  kind: Kind;
  /** Schema version of what is written today. */
  schemaVersion: number;
  /** One sentence, past tense. */
  summary: string;
  /** What each field of the payload means, units included. */
  fields: Record<string, string>;
  /** The stream's life begins (again) or ends with this event. */
  life?: 'opens' | 'closes';
  /** `upcast[n]` turns a payload of schema version n into one of n + 1; pure. */
  upcast?: Record<number, (data: never) => unknown>;
}

export type Catalogue = Readonly<Record<string, EventEntry>>;

type AllKeys<T> = T extends unknown ? keyof T : never;

/** Makes the compiler insist that every event and every field of it is described. */
export type CatalogueOf<Data> = {
  [T in keyof Data]: Omit<EventEntry, 'kind' | 'fields'> & {
    fields: Record<AllKeys<Data[T]> & string, string>;
  };
};
