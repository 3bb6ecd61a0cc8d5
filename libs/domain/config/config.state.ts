import type { RecordedEvent } from '#contracts/events/event.js';

/** What is common to all configuration that is folded from its events. */
export interface ConfigState<Content> {
  uid: string;
  namespace: string;
  name: string;
  content: Content;
  createdAt: string;
  /** Set by the last event of a life; until the name is taken again it is as good as gone. */
  deletedAt?: string;
  version: number;
  position: number;
}

/** `content`: what the event leaves; undefined for a deletion. */
export function evolveConfig<Content>(
  state: ConfigState<Content> | undefined,
  event: RecordedEvent,
  identity: { uid: string; namespace: string; name: string },
  content: Content | undefined,
): ConfigState<Content> {
  const { version, position, recordedAt } = event;
  if (content === undefined) {
    if (!state) throw new Error(`${event.stream}: ${event.type} of nothing at position ${position}`);
    return { ...state, deletedAt: recordedAt, version, position };
  }
  const isSameLife = state !== undefined && state.uid === identity.uid;
  const createdAt = isSameLife ? state.createdAt : recordedAt;
  return { ...identity, content, createdAt, version, position };
}
