import { expect } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { jetStreams } from '#contracts/subjects.js';
import { eventually } from '#testing/eventually.js';
import { until } from '#testing/until.js';
import type { Stack } from './stack.js';
import type { Witness } from './witness.js';

type Of<T extends RecordedPodEvent['type']> = Extract<RecordedPodEvent, { type: T }>;

/**
 * What holds for every pod that was created and deleted, whatever was killed meanwhile: each command is in the log
 * once, each hook owed has one outcome, its container started once; and the witness heard no less and no more.
 */
export function expectOneLife(events: RecordedPodEvent[], witness: Witness): void {
  const of = <T extends RecordedPodEvent['type']>(type: T) =>
    events.filter((event): event is Of<T> => event.type === type);
  expect([of('PodAdmitted').length, of('PodDeletionRequested').length, of('PodDeleted').length]).toEqual([
    1, 1, 1,
  ]);
  const started = of('ContainerStarted').map(({ data }) => data.instance);
  expect(started).toHaveLength(1);
  // A runtime that is killed in the middle of a start may leave an instance that never ran: the next one does.
  const before = of('ContainerExited').filter(({ data }) => data.instance < Number(started[0]));
  expect(before.map(({ data }) => data.reason)).toEqual(before.map(() => 'StartError'));
  const name = events[0]?.stream.split('/')[2];
  expect(witness.count(`${name} runs`)).toBe(1);
  for (const { data } of of('HookRequested')) {
    const outcomes = events.filter(
      (event) => event.type !== 'HookRequested' && hookIdOf(event) === data.hookId,
    );
    expect(outcomes.map(({ type }) => type)).toEqual(['HookSucceeded']);
    expect(witness.count(`${name} ${data.hook}`)).toBeGreaterThanOrEqual(1);
  }
  expect(of('HookRequested').map(({ data }) => data.hook)).toEqual(['postStart', 'preStop']);
}

const hookIdOf = ({ data }: RecordedPodEvent) => ('hookId' in data ? data.hookId : undefined);

/** No container, no sandbox on any node. */
export async function untilNothingIsLeft({ containerds }: Stack): Promise<void> {
  for (const { runtime } of containerds.values())
    await until(async () => {
      const lists = [runtime.listSandboxes(), runtime.listContainers()];
      const left = await Promise.all(lists).catch(() => undefined);
      return left?.every((list) => list.length === 0) ?? false;
    }, 60_000);
}

/** Every event of the log, oldest first. */
export function wholeLog({ log }: Stack): Promise<RecordedEvent[]> {
  return log.readAll({ after: 0, limit: 1_000_000 });
}

/** SYS-03, SYS-04: positions without gaps, and no command id in two appends. */
export function expectGaplessOnce(events: RecordedEvent[]): void {
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  const homes = new Map<string, Set<string>>();
  for (const { metadata, stream, type } of events) {
    if (!metadata.commandId) continue;
    const effects = homes.get(metadata.commandId) ?? new Set();
    expect([...effects]).not.toContain(`${stream} ${type}`);
    homes.set(metadata.commandId, effects.add(`${stream} ${type}`));
  }
}

/** SYS-05, SYS-08: each replica's projections, row for row what a replay of the log gives. */
export async function expectProjectionsAreReplays({ http }: Stack): Promise<void> {
  for (const url of http) {
    const body = JSON.stringify({ target: 'verify' });
    const started = await fetch(`${url}/podbus/v1/replays`, { method: 'POST', body });
    const { id } = (await started.json()) as { id: string };
    const replay = await eventually(
      'the verification ends',
      async () => {
        const asked = (await (await fetch(`${url}/podbus/v1/replays/${id}`)).json()) as { state: string };
        return asked.state === 'running' ? undefined : asked;
      },
      60_000,
    );
    expect(replay).toMatchObject({ state: 'succeeded', result: { same: true, differences: [] } });
  }
}

/** SYS-09: PODBUS_EVENTS comes to hold every event of the log once, in order. */
export async function expectEveryEventRelayed(
  { connection }: Pick<Stack, 'connection'>,
  events: RecordedEvent[],
): Promise<void> {
  const { streams } = await jetstreamManager(connection.client, { checkAPI: false });
  // A cluster that elects a leader gives no answer.
  const { first_seq, last_seq } = await eventually(
    `${jetStreams.events} holds ${events.length} events`,
    async () => {
      const state = await streams.info(jetStreams.events).then(
        (info) => info.state,
        () => undefined,
      );
      return state && state.messages >= events.length ? state : undefined;
    },
    60_000,
  );
  const ids: (string | undefined)[] = [];
  for (let seq = first_seq; seq <= last_seq; seq++)
    ids.push((await streams.getMessage(jetStreams.events, { seq }))?.header.get('ce-id'));
  expect(ids).toEqual(events.map(({ id }) => id));
}
