/** One line of a container's log file. */
export interface CriLogLine {
  /** RFC 3339 with nanoseconds, in the offset of the machine that wrote it. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** The runtime cut the container's line here (it does so at 16 KiB); the next one of the stream goes on. */
  isPartial: boolean;
  /** What the container wrote, without the line's end. */
  content: Buffer;
}

const space = 0x20;

/**
 * Reads a line of the CRI's log format, without its newline: `<time> <stream> <tags> <content>`, tags separated by
 * colons, the first of them `P` or `F`. Undefined for anything else, as after a machine's crash. Source: Kubernetes's
 * "CRI: Log management for container stdout/stderr streams".
 */
export function parseCriLogLine(line: Buffer): CriLogLine | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  if (afterTime < 1 || afterStream < 0) return undefined;
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const next = line.indexOf(space, afterStream + 1);
  const afterTags = next < 0 ? line.length : next;
  const [tag] = line.toString('latin1', afterStream + 1, afterTags).split(':');
  if (tag !== 'P' && tag !== 'F') return undefined;
  const time = line.toString('latin1', 0, afterTime);
  return { time, stream, isPartial: tag === 'P', content: line.subarray(afterTags + 1) };
}
