import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerdLayout } from './containerd.layout.js';
import { pauseImageName } from './pause.image.js';

/** One more CRI runtime handler, for RuntimeClasses. `options` are those of the shim, strings and booleans. */
export interface RuntimeHandlerConfig {
  /** Default `io.containerd.runc.v2`. */
  runtimeType?: string;
  options?: Record<string, string | boolean>;
}

export interface ContainerdConfig {
  cniBinDir: string;
  /** By name; `runc`, the default, is always there. */
  handlers?: Record<string, RuntimeHandlerConfig>;
}

const runcV2 = 'io.containerd.runc.v2';

/** What podbus never uses: each one would be probed, or listen, at every start. */
const unused = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.nri.v1.nri',
];

/** TOML's basic strings are JSON's for the paths and names that come here. */
const quoted = (text: string | boolean) => JSON.stringify(text);

/** containerd's configuration, version 2: 1.6 and 1.7 read it, 2.x converts it on the fly. */
export function containerdConfig(
  layout: ContainerdLayout,
  { cniBinDir, handlers }: ContainerdConfig,
): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${quoted(layout.root)}
state = ${quoted(layout.state)}
disabled_plugins = [${unused.map(quoted).join(', ')}]

[grpc]
  address = ${quoted(layout.socket)}

[debug]
  level = "warn"

[${cri}]
  sandbox_image = ${quoted(pauseImageName)}
  restrict_oom_score_adj = ${!mayLowerOomScore()}
  netns_mounts_under_state_dir = true

[${cri}.cni]
  bin_dir = ${quoted(cniBinDir)}
  conf_dir = ${quoted(layout.cniConfDir)}

[${cri}.registry]
  config_path = ${quoted(layout.registryDir)}

[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

${Object.entries({ runc: {}, ...handlers })
  .map(([name, handler]) =>
    handlerConfig(`${cri}.containerd.runtimes.${quoted(name)}`, join(layout.state, 'runc'), handler),
  )
  .join('\n')}`;
}

/** runc's own records go under our state too; its default place is shared by all containerds. */
function handlerConfig(
  table: string,
  runcRoot: string,
  { runtimeType = runcV2, options }: RuntimeHandlerConfig,
): string {
  const all = { ...(runtimeType === runcV2 ? { Root: runcRoot } : {}), ...options };
  const lines = Object.entries(all).map(([key, value]) => `  ${key} = ${quoted(value)}\n`);
  return `[${table}]
  runtime_type = ${quoted(runtimeType)}
[${table}.options]
${lines.join('')}`;
}

const capSysResource = 24n;

/** Without CAP_SYS_RESOURCE the kernel refuses a score below the process's own, and no sandbox would start. */
function mayLowerOomScore(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> capSysResource) & 1n) === 1n;
}
