/** Bytes that were there at an instant, in milliseconds since the epoch. */
export interface Sample {
  at: number;
  bytes: number;
}

/** Long enough to be calm, short enough to follow what happens. */
const windowMs = 3_000;

/** The samples that still count when this one comes. */
export const withSample = (samples: readonly Sample[], sample: Sample): Sample[] => [
  ...samples.filter(({ at }) => sample.at - at <= windowMs),
  sample,
];

/** Bytes a second over the samples; 0 for fewer than two. */
export function bytesPerSecond(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at <= first.at) return 0;
  return Math.round(Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at)));
}
