// What a machine lacks for podbus, as values: no dependencies, no effects. `setup.mjs` reads the machine and acts.

/** The Node that package.json asks for. */
export const oldestNode = [20, 19, 0];

/**
 * What podbus runs beside itself. `when`: `always`, `demo` (also for tests) or `tests`; `unlessSet`: a variable that
 * names a server of the user's own, which makes it unnecessary; `get`: where it comes from on other systems.
 */
export const tools = [
  {
    name: 'containerd',
    package: 'containerd',
    when: 'always',
    unlessSet: 'PODBUS_CONTAINERD_ADDRESS',
    get: 'https://github.com/containerd/containerd/blob/main/docs/getting-started.md',
  },
  {
    name: 'runc',
    package: 'runc',
    when: 'always',
    unlessSet: 'PODBUS_CONTAINERD_ADDRESS',
    get: 'https://github.com/opencontainers/runc/releases',
  },
  {
    name: 'CNI plugins',
    package: 'containernetworking-plugins',
    when: 'always',
    unlessSet: 'PODBUS_CONTAINERD_ADDRESS',
    get: 'https://github.com/containernetworking/plugins/releases (into /opt/cni/bin)',
  },
  {
    name: 'nats-server',
    package: 'nats-server',
    when: 'always',
    unlessSet: 'PODBUS_NATS_URL',
    get: 'https://github.com/nats-io/nats-server/releases',
  },
  { name: 'iptables', package: 'iptables', when: 'always', get: "your distribution's package iptables" },
  { name: 'ip', package: 'iproute2', when: 'always', get: "your distribution's package iproute2 or iproute" },
  {
    name: 'static busybox',
    package: 'busybox-static',
    when: 'demo',
    get: 'https://busybox.net/downloads/binaries/ (as busybox in PATH)',
  },
  {
    name: 'docker-registry',
    package: 'docker-registry',
    when: 'demo',
    get: 'https://github.com/distribution/distribution/releases (as docker-registry in PATH)',
  },
  {
    name: 'skopeo',
    package: 'skopeo',
    when: 'tests',
    get: 'https://github.com/containers/skopeo/blob/main/install.md',
  },
  { name: 'openssl', package: 'openssl', when: 'tests', get: "your distribution's package openssl" },
  { name: 'umoci', package: 'umoci', when: 'tests', get: 'https://github.com/opencontainers/umoci/releases' },
];

/** The tools that this use of podbus needs: `use` is `run`, `demo` or `tests`. */
export function neededTools(use, env) {
  const uses = { run: ['always'], demo: ['always', 'demo'], tests: ['always', 'demo', 'tests'] }[use];
  return tools.filter(
    (tool) => uses.includes(tool.when) && !(use === 'run' && tool.unlessSet && env[tool.unlessSet]),
  );
}

/** `version` as `process.versions.node` has it. */
export function nodeIsOldEnough(version) {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, oldest] of oldestNode.entries())
    if (parts[index] !== oldest) return parts[index] > oldest;
  return true;
}

/**
 * Whether node modules are to be installed. `installedMs`: when npm last wrote node_modules (undefined: never);
 * `lockMs`: the lock file's time; a checkout touches it without changing it, so its hash decides then.
 */
export function needsNodeModules({ installedMs, lockMs, lockHash, installedHash }) {
  if (installedMs === undefined) return true;
  return lockMs > installedMs && lockHash() !== installedHash;
}

/** Whether TypeScript is to be compiled. `builtMs`: when the last compilation that succeeded began. */
export function needsBuild({ builtMs, newestSourceMs, hasMain }) {
  return builtMs === undefined || !hasMain || newestSourceMs > builtMs;
}

/** How the missing tools are to be had on this machine. */
export function planPackages(missing, { platform, distribution, root, hasApt }) {
  const packages = missing.map((tool) => tool.package);
  const names = missing.map((tool) => `  ${tool.name.padEnd(16)} ${tool.get}`).join('\n');
  if (missing.length === 0) return { action: 'nothing' };
  if (platform !== 'linux')
    return { action: 'refuse', message: `podbus runs containers, which needs Linux; this is ${platform}.` };
  const debian = hasApt && /^(ID|ID_LIKE)=.*\b(debian|ubuntu)\b/m.test(distribution);
  if (debian && root) return { action: 'apt', packages };
  if (debian)
    return {
      action: 'refuse',
      message: `Missing: ${missing.map((tool) => tool.name).join(', ')}. Run this once:\n  sudo apt-get update && sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    };
  return { action: 'refuse', message: `Missing on this machine, and where to get it:\n${names}` };
}
