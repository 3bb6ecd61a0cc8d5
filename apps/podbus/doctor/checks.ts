import type { PodbusConfig } from '#host/config.js';
import type { Check, CheckResult } from './check.js';
import {
  cniCheck,
  containerdCheck,
  ipCheck,
  iptablesCheck,
  natsServerCheck,
  nodeCheck,
  runcCheck,
} from './program.checks.js';
import {
  httpPortCheck,
  natsCheck,
  natsPortCheck,
  postgresCheck,
  postgresPortCheck,
  runtimeCheck,
} from './server.checks.js';
import {
  bridgeCheck,
  cgroupsCheck,
  diskCheck,
  linuxCheck,
  memoryCheck,
  overlayCheck,
  rootCheck,
} from './system.checks.js';

/** Every check, in the order in which they are shown. */
const checks: readonly Check[] = [
  linuxCheck,
  nodeCheck,
  rootCheck,
  cgroupsCheck,
  overlayCheck,
  bridgeCheck,
  iptablesCheck,
  ipCheck,
  containerdCheck,
  runcCheck,
  cniCheck,
  runtimeCheck,
  natsServerCheck,
  natsCheck,
  postgresCheck,
  httpPortCheck,
  natsPortCheck,
  postgresPortCheck,
  diskCheck,
  memoryCheck,
];

/** Makes all checks at once. */
export async function examine(config: PodbusConfig): Promise<CheckResult[]> {
  const results = await Promise.all(checks.map(async (check) => check(config)));
  return results.filter((result) => result !== undefined);
}
