import type { RecordedEvent } from '#contracts/events/event.js';
import type { RestClient } from '../cli/rest-client.js';
import { Timeline } from '../timeline/timeline.js';
import type { Publisher } from './publisher.js';
import type { Show } from './show.js';
import type { Stage } from './stage.js';
import type { Witness } from './witness.js';

/** What every scene has at hand. */
export interface DemoContext {
  stage: Stage;
  show: Show;
  rest: RestClient;
  witness: Witness;
  publisher: Publisher;
  signal: AbortSignal;
  /** What a scene leaves for later ones. */
  marks: { whileRunning?: RecordedEvent };
}

export const demoImage = ({ stage }: DemoContext): string => `${stage.registry}/demo/busybox:1.0`;

/** Kubernetes's way to ask for what is at least as new as something seen already. */
export const notOlderThan = (position: number): Record<string, string> => ({
  resourceVersion: String(position),
  resourceVersionMatch: 'NotOlderThan',
});

/** Draws a pod's timeline as it happens, until every one of `types` has been seen; resolves with the last event. */
export function drawUntil(
  { witness, show }: DemoContext,
  stream: string,
  after: number,
  ...types: string[]
): Promise<RecordedEvent> {
  const timeline = new Timeline();
  const missing = new Set(types);
  return witness.until(
    stream,
    after,
    (event) => show.say(timeline.line(event)),
    (event) => {
      missing.delete(event.type);
      return missing.size === 0;
    },
  );
}
