import { barLine } from './progress-bar.js';

/** Several bars at a terminal, a line each, drawn over and over. */
export class ProgressBars {
  private drawn = 0;

  constructor(private readonly draw: (text: string) => void) {}

  /** Always the same number of bars, in the same order; `fraction` from 0 to 1. */
  show(bars: readonly { fraction: number; text: string }[]): void {
    this.erase();
    for (const { fraction, text } of bars) {
      this.draw(barLine(fraction, text));
      this.draw('\n');
    }
    this.drawn = bars.length;
  }

  /** Back to where the first bar stands; what comes next is written over them. */
  erase(): void {
    if (this.drawn > 0) this.draw(`\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
  }
}
