import type { ImageProgress } from '#contracts/image-progress.js';
import type { Cli } from '../cli/cli.js';
import { ProgressBar } from '../cli/progress-bar.js';
import { pullFraction, pullSentence } from './pull.sentences.js';
import type { Timeline } from './timeline.js';

/** Without a terminal a pull that goes on has a line so often. */
const lineEveryMs = 2_000;

/**
 * A pod's running pull among the lines of its timeline: at a terminal a bar that stands below them, elsewhere a line now
 * and then, and with `json` every message as a line, `{"type": "ImagePullProgress", "data": …}`.
 */
export class PullDisplay {
  private readonly bar: ProgressBar;
  private last: ImageProgress | undefined;

  constructor(
    private readonly cli: Pick<Cli, 'out' | 'draw' | 'isTerminal'>,
    private readonly timeline: Timeline,
    private readonly json: boolean,
  ) {
    this.bar = new ProgressBar(cli.draw);
  }

  /** A line of the timeline comes; the next message draws the bar below it. */
  line(text: string): void {
    this.bar.end();
    this.cli.out(text);
  }

  show(progress: ImageProgress): void {
    const isOver = progress.state === 'done' || progress.state === 'failed';
    if (this.json) this.cli.out(JSON.stringify({ type: 'ImagePullProgress', data: progress }));
    else if (!this.cli.isTerminal) this.showLine(progress);
    else if (isOver) this.bar.end();
    else this.bar.show(pullFraction(progress), sentence(progress));
  }

  end(): void {
    this.bar.end();
  }

  /** What became of it says an event. */
  private showLine(progress: ImageProgress): void {
    if (progress.state === 'done' || progress.state === 'failed') return;
    const { last } = this;
    const isNews = last?.state !== progress.state || last.place !== progress.place;
    if (last && !isNews && Date.parse(progress.at) - Date.parse(last.at) < lineEveryMs) return;
    this.last = progress;
    this.cli.out(this.timeline.note(progress.at, sentence(progress)));
  }
}

const sentence = (progress: ImageProgress): string => {
  const containers = progress.pods.map(({ container }) => container).join(', ');
  return `${containers}: ${progress.image}: ${pullSentence(progress)}`;
};
