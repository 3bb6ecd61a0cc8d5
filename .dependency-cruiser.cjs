/** The layer rule: contracts < domain < {event-log, bus, cri, kubernetes, host} < apps; arrows point down only. */
const adapters = ['event-log', 'bus', 'cri', 'kubernetes', 'host'];
const apps = ['admission', 'scheduler', 'puller', 'hook-runner', 'api'];
const nonTest = { pathNot: '\\.(spec|contract)\\.ts$|^libs/testing/|^test/' };
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contracts-import-nothing',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/contracts/' },
    },
    {
      name: 'domain-imports-contracts-only',
      severity: 'error',
      from: { path: '^libs/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/(domain|contracts)/' },
    },
    ...adapters.map((name) => ({
      name: `adapter-${name}-stands-alone`,
      severity: 'error',
      from: { path: `^libs/${name}/`, ...nonTest },
      to: { path: `^(apps/|migrations/|libs/(?!${name}/|contracts/|domain/))` },
    })),
    ...apps.map((name) => ({
      name: `app-${name}-imports-no-app`,
      severity: 'error',
      from: { path: `^apps/${name}/` },
      to: { path: `^apps/(?!${name}/)[^/]+/` },
    })),
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '\\.spec\\.ts$|^libs/testing/' },
      to: { path: '^libs/testing/|^test/' },
    },
  ],
  options: {
    webpackConfig: { fileName: '.dependency-cruiser.resolve.cjs' },
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
  },
};
