import { type Parse, splitList } from './config.parsers.js';

export interface FeatureGate {
  default: boolean;
  /** The default cannot be changed in this version of podbus. */
  locked: boolean;
}

/** Kubernetes v1.32's gates that concern podbus, under Kubernetes's names; defaults as in v1.32. */
export const featureGates: Readonly<Record<string, FeatureGate>> = {
  KubeletCrashLoopBackOffMax: { default: false, locked: true },
  PodLifecycleSleepAction: { default: false, locked: true },
  PodLifecycleSleepActionAllowZero: { default: false, locked: true },
  RuntimeClassInImageCriApi: { default: false, locked: false },
  SidecarContainers: { default: false, locked: true },
};

/** `Name=true,Other=false`, as Kubernetes's `--feature-gates` reads it. */
export const gates: Parse<Record<string, boolean>> = (text) =>
  Object.fromEntries(
    splitList(text).map((part) => {
      const [name = '', value = ''] = part.split('=').map((side) => side.trim());
      if (value !== 'true' && value !== 'false')
        throw new Error(`sets the gate "${name}" to "${value}": it is either true or false`);
      checkGate(name, value === 'true');
      return [name, value === 'true'];
    }),
  );

/** Throws when the gate is unknown, or locked to the other value; Kubernetes's wording. */
export function checkGate(name: string, value: boolean): void {
  const gate = featureGates[name];
  if (!gate) throw new Error(`names an unrecognized feature gate: ${name}`);
  if (gate.locked && gate.default !== value)
    throw new Error(`cannot set feature gate ${name} to ${value}, feature is locked to ${gate.default}`);
}

/** Every gate with its value: the defaults, under what was set. */
export const allGates = (...set: Record<string, boolean>[]): Record<string, boolean> =>
  Object.assign(
    Object.fromEntries(Object.entries(featureGates).map(([name, gate]) => [name, gate.default])),
    ...set,
  );
