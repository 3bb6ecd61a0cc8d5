/** Versions by their leading numbers: `[1, 6]` up to every 2.x is `{ from: [1, 6], below: [3] }`. */
export interface VersionRange {
  from: number[];
  /** First version that nobody has tried. */
  below: number[];
}

/** The first `x.y.z` in a program's own words. */
export function versionIn(text: string): string | undefined {
  return /\bv?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
}

export function compareVersions(a: number[], b: number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function placeIn(range: VersionRange, version: string): 'too old' | 'untried' | 'in range' {
  const numbers = version.split('.').map(Number);
  if (compareVersions(numbers, range.from) < 0) return 'too old';
  return compareVersions(numbers, range.below) < 0 ? 'in range' : 'untried';
}

export const supported = {
  node: { from: [20, 19], below: [27] },
  containerd: { from: [1, 6], below: [3] },
  runc: { from: [1, 0], below: [2] },
  natsServer: { from: [2, 9], below: [2, 13] },
  postgres: { from: [14], below: [19] },
} satisfies Record<string, VersionRange>;

/** `1.6 to 2.x` for people. */
export function describeRange({ from, below }: VersionRange): string {
  const last = below.length === 1 ? `${below[0]! - 1}.x` : `${below[0]}.${below[1]! - 1}`;
  return `${from.join('.')} to ${last}`;
}
