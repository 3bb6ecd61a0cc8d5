const width = 30;

/** `[#####.....] text`; `fraction` from 0 to 1. */
export function barLine(fraction: number, text: string): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${text}`;
}

/** One line at a terminal, drawn over and over. */
export class ProgressBar {
  private drawn = 0;

  constructor(private readonly draw: (text: string) => void) {}

  /** `fraction` from 0 to 1. */
  show(fraction: number, text: string): void {
    const line = barLine(fraction, text);
    this.draw(`\r${line.padEnd(this.drawn)}`);
    this.drawn = line.length;
  }

  end(): void {
    if (this.drawn > 0) this.draw(`\r${' '.repeat(this.drawn)}\r`);
    this.drawn = 0;
  }
}
