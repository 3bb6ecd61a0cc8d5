import { type Setting, settings } from './config.settings.js';
import { featureGates } from './feature-gates.js';
import { honouredKubeletFields } from './kubelet-configuration.js';

/** `docs/configuration.md`, made from the table that `loadConfig` reads by. */
export function renderConfigurationDoc(): string {
  return `${[
    '# Configuration',
    '',
    'Made from `libs/host/config.settings.ts` by `npm run docs`; do not edit.',
    '',
    'Every setting is an environment variable, or a line of the file that `PODBUS_CONFIG` names: `NAME=value` lines, or',
    'YAML with the same names. The environment wins over the file, an empty value counts as unset. All of them are',
    'checked when a process starts; an unknown `PODBUS_` name or a bad value stops it with a message that names it, all',
    'problems at once.',
    '',
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    '| `PODBUS_CONFIG` | unset | File with the settings below. |',
    ...Object.values<Setting<unknown> & { name: string }>(settings).map(row),
    '',
    '## The file of `PODBUS_KUBELET_CONFIG`',
    '',
    "A `KubeletConfiguration` of `kubelet.config.k8s.io/v1beta1`, read strictly: a field that Kubernetes v1.32 doesn't",
    'have, or a field twice, is refused. These are honoured; any other field of Kubernetes is accepted, changes nothing,',
    'and is named in a warning at start.',
    '',
    '| field | meaning |',
    '| --- | --- |',
    ...Object.entries(honouredKubeletFields).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
    '',
    '## Feature gates',
    '',
    'Kubernetes’s names and v1.32’s defaults. A locked gate has only its default in this version of podbus.',
    '',
    '| gate | default | |',
    '| --- | --- | --- |',
    ...Object.entries(featureGates).map(
      ([name, gate]) => `| \`${name}\` | ${gate.default} | ${gate.locked ? 'locked' : ''} |`,
    ),
  ].join('\n')}\n`;
}

function row({ name, description, ...setting }: Setting<unknown> & { name: string }): string {
  const value = setting.default?.();
  const shown = setting.defaultInWords ?? (value ? `\`${value}\`` : value === '' ? 'none' : 'unset');
  return `| \`${name}\` | ${shown} | ${description.replaceAll('|', '\\|')} |`;
}
