import { streams } from '#contracts/events/event.js';
import { type DemoContext, demoImage, drawUntil } from '../demo.context.js';
import { crashPod, lostPod } from '../demo.manifests.js';

/** Failures, with their reasons and back-offs, as Kubernetes has them. */
export async function failingPods(demo: DemoContext): Promise<void> {
  const { show, publisher, stage } = demo;
  show.heading('Two pods that fail: one crashes, one names an image that does not exist');
  await publisher.publish('create', crashPod(demoImage(demo)), { brief: true });
  await publisher.publish('create', lostPod(`${stage.registry}/demo/nosuch:1.0`), { brief: true });
  show.say('   crash:');
  await drawUntil(demo, streams.pod('default', 'crash'), 0, 'ContainerExited', 'ContainerBackedOff');
  show.say('   lost:');
  await drawUntil(demo, streams.pod('default', 'lost'), 0, 'ImageFailed', 'ImagePullBackedOff');
}
