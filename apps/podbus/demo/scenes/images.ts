import { busyboxImage } from '#host/embedded/busybox.image.js';
import { type DemoContext, demoImage } from '../demo.context.js';

/** Gives the demo an image to pull: this machine's busybox, in a registry of the demo's own. */
export async function images(demo: DemoContext): Promise<void> {
  await demo.stage.push('demo/busybox', '1.0', busyboxImage());
  demo.show.say(`  registry    serves ${demoImage(demo)}, made of this machine's busybox`);
}
