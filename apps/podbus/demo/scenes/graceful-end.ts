import { streams } from '#contracts/events/event.js';
import { type DemoContext, drawUntil } from '../demo.context.js';

/** A deletion: preStop first, then the stop signal, all within the grace period. */
export async function gracefulEnd(demo: DemoContext): Promise<void> {
  const { show, publisher, witness } = demo;
  show.heading('The first pod is deleted; its preStop hook runs before the stop signal');
  const after = witness.position;
  await publisher.publish('delete', { namespace: 'default', name: 'web' }, { brief: true });
  const stream = streams.pod('default', 'web');
  await drawUntil(demo, stream, after, 'HookRequested', 'HookSucceeded', 'ContainerExited', 'PodDeleted');
}
