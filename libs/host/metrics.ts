import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { podbusVersion } from './version.js';

/** A registry with the process's own metrics and `podbus_build_info`; services add theirs. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'podbus_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: podbusVersion(), node: process.version }, 1);
  return registry;
}
