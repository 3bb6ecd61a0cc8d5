/** One measured thing, beside the same work without podbus in the same run where there is such a thing. */
export interface Figure {
  name: string;
  unit: string;
  ours: number;
  floor?: number;
  /** ours / floor. */
  ratio?: number;
  /** What to make of it: the aim, or what the floor is. */
  note?: string;
}

/** How large a run is; 1 is what docs/benchmarks.md shows. */
export interface BenchOptions {
  scale: number;
  /** Told what is being measured. */
  say: (line: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<Figure[]>;

/** The value below which a share `q` of the values lies; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Three significant digits are more than any of these figures is worth. */
const rounded = (value: number): number => Number(value.toPrecision(value >= 1000 ? 4 : 3));

export function figure(name: string, unit: string, ours: number, floor?: number, note?: string): Figure {
  const beside =
    floor === undefined ? {} : { floor: rounded(floor), ratio: Number((ours / floor).toFixed(2)) };
  return { name, unit, ours: rounded(ours), ...beside, ...(note ? { note } : {}) };
}

/** p50 and p99 of ours beside the floor's. */
export const latencies = (name: string, ours: number[], floor: number[], note?: string): Figure[] => [
  figure(`${name}, p50`, 'ms', median(ours), median(floor), note),
  figure(`${name}, p99`, 'ms', quantile(ours, 0.99), quantile(floor, 0.99)),
];

/** `count`, scaled, never under `least`. */
export const scaled = (count: number, { scale }: Pick<BenchOptions, 'scale'>, least = 1): number =>
  Math.max(least, Math.round(count * scale));
