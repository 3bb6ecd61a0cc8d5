/**
 * A process that can die between any two lines. Every port it is given goes through `gate`: once it is dead no call
 * begins, no answer arrives, no timer fires and no listener hears anything, while what it had asked of others still
 * happens, as with a real one.
 */
export class SimulatedProcess {
  private alive = true;
  private readonly onDeath: (() => void)[] = [];

  constructor(readonly name: string) {}

  isAlive(): boolean {
    return this.alive;
  }

  /** kill -9. */
  kill(): void {
    this.alive = false;
    for (const release of this.onDeath.splice(0)) release();
  }

  /** What the outside world does when this process dies, such as passing on its leadership. */
  whenDead(release: () => void): void {
    this.onDeath.push(release);
  }

  /** The same port, cut off when the process is dead. */
  gate<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.call(target, value as (...args: unknown[]) => unknown, args);
      },
    });
  }

  private call(target: object, method: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    if (!this.alive) return never;
    const result = method.apply(
      target,
      args.map((arg) => (typeof arg === 'function' ? this.whileAlive(arg as () => unknown) : arg)),
    );
    return result instanceof Promise ? this.deliver(result) : result;
  }

  private whileAlive(listener: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => (this.alive ? listener(...args) : undefined);
  }

  private deliver<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.alive && resolve(value),
        (error) => this.alive && reject(error),
      );
    });
  }
}

const never = new Promise<never>(() => undefined);
