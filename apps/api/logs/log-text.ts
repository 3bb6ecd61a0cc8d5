import { parseCriLogLine } from '#cri/cri-log.js';
import type { LogQuery } from './log-query.js';

const newline = Buffer.from('\n');

/** Makes what the client sees of the lines of a log file, one after the other. */
export class LogText {
  private isLineBegin = true;
  private left: number;

  constructor(private readonly query: Pick<LogQuery, 'timestamps' | 'sinceMs' | 'limitBytes'>) {
    this.left = query.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** As many bytes as were asked for have been made. */
  get isFull(): boolean {
    return this.left <= 0;
  }

  /** Empty for a line that is too old, or no line of a log. Partial lines become one again. */
  of(line: Buffer): Buffer {
    const parsed = parseCriLogLine(line);
    if (!parsed) return Buffer.alloc(0);
    const { timestamps, sinceMs } = this.query;
    if (sinceMs !== undefined && Date.parse(parsed.time) < sinceMs) return Buffer.alloc(0);
    const before = timestamps && this.isLineBegin ? [Buffer.from(`${parsed.time} `)] : [];
    this.isLineBegin = !parsed.isPartial;
    const text = Buffer.concat([...before, parsed.content, ...(parsed.isPartial ? [] : [newline])]);
    const shown = text.length <= this.left ? text : text.subarray(0, this.left);
    this.left -= shown.length;
    return shown;
  }
}
