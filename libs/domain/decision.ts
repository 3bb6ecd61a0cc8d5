import type { Status } from '#contracts/status.js';

/** What a decider answers: events to append (none: nothing changes), or why not. */
export type Decision<Event> = { events: Event[] } | { rejection: Status };
