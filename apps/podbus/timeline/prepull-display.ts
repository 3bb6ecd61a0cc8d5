import type { ImageProgress } from '#contracts/image-progress.js';
import type { ShownNodePrepull, ShownPrepull } from '#kubernetes/render/prepull.render.js';
import type { Cli } from '../cli/cli.js';
import { ProgressBars } from '../cli/progress-bars.js';
import { formatBytes, formatDuration } from './duration.js';
import { pullFraction, pullSentence } from './pull.sentences.js';

/** A pre-pull while it goes on: at a terminal a bar for each node, elsewhere a line for each node's news. */
export class PrepullDisplay {
  private readonly bars: ProgressBars;
  private readonly running = new Map<string, ImageProgress>();
  private readonly said = new Map<string, string>();
  private prepull: ShownPrepull;

  constructor(
    private readonly cli: Pick<Cli, 'out' | 'draw' | 'isTerminal'>,
    prepull: ShownPrepull,
  ) {
    this.prepull = prepull;
    this.bars = new ProgressBars(cli.draw);
    this.redraw();
  }

  /** Of one node's pull. */
  progress(progress: ImageProgress): void {
    this.running.set(progress.node, progress);
    this.redraw();
  }

  /** What the log says of all of them. */
  update(prepull: ShownPrepull): void {
    this.prepull = prepull;
    this.redraw();
  }

  /** In place of the bars a line of what became of each node. */
  end(): void {
    if (!this.cli.isTerminal) return;
    this.bars.erase();
    for (const node of this.prepull.status.nodes) this.cli.out(`${node.name}: ${this.sentence(node)}`);
  }

  private redraw(): void {
    const { nodes } = this.prepull.status;
    if (!this.cli.isTerminal) {
      for (const node of nodes) this.sayOnce(node);
      return;
    }
    const width = Math.max(...nodes.map(({ name }) => name.length));
    this.bars.show(
      nodes.map((node) => ({
        fraction: this.fraction(node),
        text: `${node.name.padEnd(width)}  ${this.sentence(node)}`,
      })),
    );
  }

  /** Bytes that come are no news. */
  private sayOnce(node: ShownNodePrepull): void {
    const progress = this.running.get(node.name);
    const key =
      node.state === 'pending' ? `${node.failures} ${progress?.state} ${progress?.place}` : node.state;
    if (this.said.get(node.name) === key) return;
    this.said.set(node.name, key);
    this.cli.out(`${node.name}: ${this.sentence(node)}`);
  }

  private fraction({ name, state }: ShownNodePrepull): number {
    const progress = this.running.get(name);
    return state === 'succeeded' ? 1 : progress && state === 'pending' ? pullFraction(progress) : 0;
  }

  private sentence({ name, state, sizeBytes = 0, pullMs = 0, ...failure }: ShownNodePrepull): string {
    const { reason, message, retryAt } = failure;
    if (state === 'succeeded') return `there, ${formatBytes(sizeBytes)} in ${formatDuration(pullMs)}`;
    if (state === 'failed') return `given up: ${reason}: ${message}`;
    const progress = this.running.get(name);
    if (progress?.state === 'queued' || progress?.state === 'pulling') return pullSentence(progress);
    return retryAt ? `${reason}, again at ${retryAt.slice(11, 19)}: ${message}` : 'asked for';
  }
}
