import type { PodbusConfig } from '#host/config.js';

/** `failed`: podbus will not work as configured. `warning`: it will, with something less or untested. */
export type CheckState = 'ok' | 'warning' | 'failed';

export interface CheckResult {
  name: string;
  state: CheckState;
  /** What was found, in a few words. */
  found: string;
  /** How to get what is missing. */
  get?: string;
}

/** Looks at one thing. Never throws: a check that cannot be made says so. Undefined: of no concern as configured. */
export type Check = (config: PodbusConfig) => CheckResult | undefined | Promise<CheckResult | undefined>;

export const ok = (name: string, found: string): CheckResult => ({ name, state: 'ok', found });
export const failed = (name: string, found: string, get: string): CheckResult => ({
  name,
  state: 'failed',
  found,
  get,
});
export const warning = (name: string, found: string, get: string): CheckResult => ({
  name,
  state: 'warning',
  found,
  get,
});
