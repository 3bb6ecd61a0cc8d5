import type { ImageBytes } from '#contracts/image-progress.js';
import { printGoDuration } from '../go-duration.js';

/** When a pull last came further, in milliseconds since the epoch, and where it stood then. */
export interface PullStanding {
  movedAt: number;
  bytesDone: number;
}

/** The standing after a look; `seen` undefined: the runtime does not tell how far its pulls are. */
export function standingAfter(
  before: PullStanding | undefined,
  seen: ImageBytes | undefined,
  now: number,
): PullStanding | undefined {
  if (!seen) return undefined;
  return before && before.bytesDone === seen.bytes.done && !isDownloaded(seen)
    ? before
    : { movedAt: now, bytesDone: seen.bytes.done };
}

/**
 * Whether a pull is to be given up: for so long nothing has come from the registry. One that has all it needs is
 * unpacked, which may take its time; and of a runtime that does not tell nothing is known.
 */
export const isStalled = (standing: PullStanding | undefined, now: number, stallMs: number): boolean =>
  standing !== undefined && now - standing.movedAt >= stallMs;

export const stalledText = (stallMs: number): string =>
  `the pull was given up: the registry has sent nothing for ${printGoDuration(stallMs)}`;

const isDownloaded = ({ bytes }: ImageBytes): boolean => bytes.total > 0 && bytes.done >= bytes.total;
