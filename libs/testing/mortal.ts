/** Never answers. */
const never = new Promise<never>(() => undefined);

/**
 * A life that ends at its n-th call to the outside: `before` it is made, or `after` it took effect and before the
 * answer arrives. From then on no port that was given out by `gate` does, answers or tells anything.
 */
export class Life {
  calls = 0;
  isOver = false;

  constructor(
    private readonly endsAt = Number.POSITIVE_INFINITY,
    private readonly when: 'before' | 'after' = 'before',
    private readonly onEnd: () => void = () => undefined,
  ) {}

  end(): void {
    this.isOver = true;
    this.onEnd();
  }

  /** The port as this life sees it; only the calls that answer with a promise are counted. */
  gate<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.call(() =>
            value.apply(
              target,
              args.map((arg) => this.gateListener(arg)),
            ),
          );
      },
    });
  }

  private gateListener(arg: unknown): unknown {
    if (typeof arg !== 'function') return arg;
    return (...args: unknown[]) => (this.isOver ? undefined : (arg(...args) as unknown));
  }

  private call(make: () => unknown): unknown {
    if (this.isOver) return never;
    const isLast = this.calls + 1 === this.endsAt;
    if (isLast && this.when === 'before') {
      this.end();
      return never;
    }
    const answer = make();
    if (!(answer instanceof Promise)) return answer;
    this.calls += 1;
    if (isLast) this.end();
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.isOver || resolve(value),
        (error: unknown) => this.isOver || reject(error as Error),
      );
    });
  }
}
