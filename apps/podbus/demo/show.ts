import type { Cli } from '../cli/cli.js';

/** How the demo speaks: headings, plain lines, indented material. Colours at a terminal only (and not with NO_COLOR). */
export class Show {
  private readonly colours: boolean;
  private scene = 0;

  constructor(private readonly cli: Pick<Cli, 'out' | 'isTerminal' | 'env'>) {
    this.colours = cli.isTerminal && !cli.env.NO_COLOR;
  }

  heading(text: string): void {
    this.scene++;
    this.cli.out(`\n${this.paint('1', `${this.scene}. ${text}`)}`);
  }

  say(text: string): void {
    this.cli.out(text);
  }

  /** What was sent or received, word for word. */
  quote(text: string): void {
    for (const line of text.split('\n')) this.cli.out(this.paint('36', `   ${line}`));
  }

  indent(text: string): void {
    for (const line of text.split('\n')) this.cli.out(`   ${line}`);
  }

  good(text: string): void {
    this.cli.out(this.paint('32', text));
  }

  private paint(code: string, text: string): string {
    return this.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
