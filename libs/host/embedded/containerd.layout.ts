import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/**
 * Where one embedded containerd keeps what, and under which names. All of it follows from its directory, so that a
 * later process finds everything an earlier one left.
 */
export interface ContainerdLayout {
  /** Kept over restarts and `down`: images, configuration, log. */
  dir: string;
  root: string;
  configFile: string;
  cniConfDir: string;
  /** Per-registry `hosts.toml` files, containerd's `config_path`. */
  registryDir: string;
  /** Short (a socket's path has 107 bytes at most) and gone after `down`: socket, shims, network namespaces, leases. */
  runDir: string;
  state: string;
  socket: string;
  /** `unix://…` of `socket`. */
  address: string;
  /** Bridge of the pods (at most 15 bytes) and name of their CNI network; also the comment of iptables rules. */
  bridge: string;
}

export function containerdLayout(dir: string): ContainerdLayout {
  const home = resolve(dir);
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 8);
  const runDir = join('/run/podbus', hash);
  const socket = join(runDir, 'containerd.sock');
  return {
    dir: home,
    root: join(home, 'root'),
    configFile: join(home, 'config.toml'),
    cniConfDir: join(home, 'cni'),
    registryDir: join(home, 'registries'),
    runDir,
    state: join(runDir, 'state'),
    socket,
    address: `unix://${socket}`,
    bridge: `podbus-${hash}`,
  };
}
