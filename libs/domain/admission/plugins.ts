import type { AdmissionPlugin } from './admission-plugin.js';
import { alwaysPullImages } from './always-pull-images.plugin.js';
import { resolveImageDigest } from './resolve-image-digest.plugin.js';
import { serviceAccount } from './service-account.plugin.js';

interface Entry {
  plugin: AdmissionPlugin;
  /** Others run only where `PODBUS_ADMISSION_PLUGINS` names them. */
  isDefault: boolean;
}

/** Every admission plugin, in the order they run. */
const entries: readonly Entry[] = [
  { plugin: alwaysPullImages, isDefault: false },
  { plugin: serviceAccount, isDefault: true },
  { plugin: resolveImageDigest, isDefault: false },
];

/** What may stand in `PODBUS_ADMISSION_PLUGINS`. */
export const admissionPluginNames: readonly string[] = entries.map(({ plugin }) => plugin.name);

/** The default plugins and those that are named, in their own order. */
export const admissionPlugins = (named: readonly string[]): AdmissionPlugin[] =>
  entries
    .filter(({ plugin, isDefault }) => isDefault || named.includes(plugin.name))
    .map(({ plugin }) => plugin);
