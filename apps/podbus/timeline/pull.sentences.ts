import type { ImageProgress } from '#contracts/image-progress.js';
import { formatBytes } from './duration.js';

type Progress = Pick<ImageProgress, 'state' | 'place' | 'layers' | 'bytes' | 'bytesPerSecond' | 'message'>;

/** How a pull stands, for a line or beside a bar: `12.0 MiB of 50.0 MiB, layer 2 of 3, 4.2 MiB/s`. */
export function pullSentence({ state, place, layers, bytes, bytesPerSecond, message }: Progress): string {
  if (state === 'failed') return `failed: ${message ?? 'no reason given'}`;
  if (state === 'queued')
    return place === undefined ? 'waits for its turn' : `waits for its turn, place ${place}`;
  if (layers.total === 0) return state === 'done' ? 'done' : 'begun';
  const amount = `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`;
  return `${amount}, ${layers.done} of ${layers.total} layers, ${formatBytes(bytesPerSecond)}/s`;
}

/** From 0 to 1. */
export const pullFraction = ({ bytes, state }: Pick<Progress, 'bytes' | 'state'>): number =>
  state === 'done' ? 1 : bytes.total === 0 ? 0 : bytes.done / bytes.total;
