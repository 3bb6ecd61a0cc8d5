import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { badQuery, notFound } from '../http/status-error.js';
import { LOG } from '../tokens.js';

export interface PodHistory {
  namespace: string;
  name: string;
  /** Every life that the name had, oldest first; `to` is missing while the pod exists. */
  incarnations: Incarnation[];
  /** Of the asked incarnation, oldest first. `metadata` names the actor, the command and the event that caused it. */
  events: RecordedEvent[];
}

export interface Incarnation {
  uid: string;
  from: string;
  to?: string;
}

/** What happened to a pod, and why. */
@Controller('podbus/v1/namespaces/:namespace/pods/:name/history')
export class HistoryController {
  constructor(@Inject(LOG) private readonly log: EventLogPort) {}

  /** `uid`: that incarnation; `all`: every one; absent: the latest. */
  @Get()
  async history(
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Query('uid') uid?: string,
  ): Promise<PodHistory> {
    const all = await this.log.readStream(streams.pod(namespace, name));
    const incarnations = incarnationsOf(all);
    const latest = incarnations.at(-1);
    if (!latest) throw notFound('pods', name);
    if (uid && uid !== 'all' && !incarnations.some((one) => one.uid === uid))
      throw badQuery('uid', uid, 'this name never had that uid');
    const wanted = uid || latest.uid;
    const events = wanted === 'all' ? all : all.filter((event) => uidOf(event) === wanted);
    return { namespace, name, incarnations, events };
  }
}

const uidOf = (event: RecordedEvent): string => (event.data as { uid: string }).uid;

function incarnationsOf(events: RecordedEvent[]): Incarnation[] {
  const byUid = new Map<string, Incarnation>();
  for (const event of events) {
    const uid = uidOf(event);
    const known = byUid.get(uid) ?? { uid, from: event.recordedAt };
    byUid.set(uid, event.type === 'PodDeleted' ? { ...known, to: event.recordedAt } : known);
  }
  return [...byUid.values()];
}
