import { expect } from '@jest/globals';
import type { NewEvent, RecordedEvent } from '#contracts/events/event.js';
import type { Status } from '#contracts/status.js';
import type { Decision } from '#domain/decision.js';

/** When the given events were recorded. */
export const givenAt = '2026-01-01T00:00:00.000Z';

/** Events as the log would hold them: positions and versions from 1, all recorded at `givenAt`. */
export const recorded = <E extends NewEvent>(stream: string, events: readonly E[]): RecordedEvent[] =>
  events.map((event, index) => ({
    ...event,
    stream,
    id: `event-${index + 1}`,
    position: index + 1,
    version: index + 1,
    schemaVersion: 1,
    recordedAt: givenAt,
    metadata: { actor: 'test' },
  }));

export interface Deciding<Command, State, Event, Context> {
  stream: string;
  evolve: (state: State | undefined, event: never) => State;
  decide: (command: Command, state: State | undefined, context: Context) => Decision<Event>;
  context: Context;
}

/**
 * Specs of a decider read as stories: `given(a, b).when(command).thenEvents(c)`, `.thenNothing()`,
 * `.thenRejected({ reason: 'NotFound', message: … })`. `when`'s context is merged over the usual one.
 */
export const story = <Command, State, Event extends NewEvent, Context>(
  deciding: Deciding<Command, State, Event, Context>,
) => ({
  given: (...events: Event[]) => ({
    when: (command: Command, context: Partial<Context> = {}) => {
      const state = recorded(deciding.stream, events).reduce<State | undefined>(
        (before, event) => deciding.evolve(before, event as never),
        undefined,
      );
      const decision = deciding.decide(command, state, { ...deciding.context, ...context });
      return {
        thenEvents: (...expected: Event[]) => expect(decision).toEqual({ events: expected }),
        thenNothing: () => expect(decision).toEqual({ events: [] }),
        thenRejected: (status: Partial<Status>) =>
          expect(decision).toEqual({ rejection: expect.objectContaining(status) }),
      };
    },
  }),
});
