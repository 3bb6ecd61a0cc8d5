import { NatsConnection } from '#bus/nats.connection.js';
import type { Cli } from '../cli/cli.js';
import { CliError } from '../cli/cli-error.js';
import { RestClient } from '../cli/rest-client.js';
import { formatDuration } from '../timeline/duration.js';
import type { DemoContext } from './demo.context.js';
import { Publisher } from './publisher.js';
import { failingPods } from './scenes/failing-pods.js';
import { firstPod } from './scenes/first-pod.js';
import { gracefulEnd } from './scenes/graceful-end.js';
import { images } from './scenes/images.js';
import { thePast } from './scenes/the-past.js';
import { verify } from './scenes/verify.js';
import { Show } from './show.js';
import { type Stage, withStage } from './stage.js';
import { Witness } from './witness.js';

/** The story, in order. A scene throws when what it promises was not observed. */
const scenes: readonly ((demo: DemoContext) => Promise<void>)[] = [
  images,
  firstPod,
  failingPods,
  gracefulEnd,
  thePast,
  verify,
];

/** Plays the demo and leaves nothing behind, also when it fails or is interrupted. */
export async function runDemo(cli: Cli): Promise<void> {
  const show = new Show(cli);
  const began = Date.now();
  show.say('podbus runs Kubernetes pods from NATS messages and keeps every fact in a Postgres event log.');
  show.heading('Postgres, NATS, containerd and podbus start, in a temporary home on free ports');
  try {
    await withStage(cli.out, (stage) => play(cli, show, stage), cli.signal);
  } catch (error) {
    if (cli.signal.aborted) throw new CliError('Interrupted. Everything the demo had started was removed.');
    throw new CliError(
      `The demo failed: ${(error as Error).message}\nEverything it had started was removed.`,
    );
  }
  show.good(`\nDone in ${formatDuration(Date.now() - began)}. Everything the demo had started was removed.`);
  show.say('Now yours: npm start, then in another terminal: npx podbus apply -f pod.yaml');
}

async function play(cli: Cli, show: Show, stage: Stage): Promise<void> {
  // Ends what the scenes have open before the stage is taken down.
  const curtain = new AbortController();
  const signal = AbortSignal.any([cli.signal, curtain.signal]);
  const rest = new RestClient(stage.http, signal);
  const nats = await NatsConnection.open({ url: stage.nats, name: 'podbus/demo' });
  try {
    const witness = new Witness(rest, signal);
    const demo = { stage, show, rest, witness, publisher: new Publisher(nats, show), signal, marks: {} };
    for (const scene of scenes) await scene(demo);
  } finally {
    curtain.abort();
    await nats.close();
  }
}
