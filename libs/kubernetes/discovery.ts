import { resources as all, apiVersionOf, type Resource, verbsOf } from './resources.js';

/** The Kubernetes version whose behaviour podbus follows; `GET /version`. */
export const versionDocument = (platform: { os: string; architecture: string }) => ({
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+podbus',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: `${platform.os}/${platform.architecture}`,
});

/** `GET /api`; `serverAddress` is `host:port` as the client reached us. */
export const apiVersions = (serverAddress: string) => ({
  kind: 'APIVersions',
  versions: versionsOf(all, ''),
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
});

/** `GET /apis`: the named groups. */
export const apiGroupList = () => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(all)
    .filter((group) => group !== '')
    .map((group) => groupEntry(all, group)),
});

/** `GET /apis/<group>`; undefined for an unknown one. */
export const apiGroup = (group: string) =>
  group !== '' && groupsOf(all).includes(group)
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(all, group) }
    : undefined;

/** `GET /api/v1`, `GET /apis/<group>/<version>`; undefined for an unknown one. The core group's has no version. */
export function apiResourceList(groupVersion: string) {
  const found = all.filter((one) => apiVersionOf(one) === groupVersion);
  if (found.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(groupVersion === 'v1' ? {} : { apiVersion: 'v1' }),
    groupVersion,
    resources: found.map((one) => ({
      name: one.plural,
      singularName: one.singular,
      namespaced: one.namespaced,
      kind: one.objectKind,
      verbs: verbsOf(one),
      ...(one.shortNames.length > 0 ? { shortNames: one.shortNames } : {}),
      ...(one.categories.length > 0 ? { categories: one.categories } : {}),
    })),
  };
}

/** Content type of `aggregatedDiscovery`, asked for with it in `Accept`. */
export const aggregatedDiscoveryType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Whether a client asks for all of discovery in one answer. */
export const wantsAggregatedDiscovery = (accept: string | undefined): boolean =>
  accept?.split(',').some((type) => type.replaceAll(' ', '') === aggregatedDiscoveryType) ?? false;

/** `GET /api` (the core group) and `GET /apis` (the named ones) in one answer each. */
export const aggregatedDiscovery = (of: 'core' | 'named') => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groupsOf(all)
    .filter((group) => (group === '') === (of === 'core'))
    .map((group) => ({
      metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
      versions: versionsOf(all, group).map((version) => ({
        version,
        resources: all.filter((one) => one.group === group && one.version === version).map(discovered),
        freshness: 'Current',
      })),
    })),
});

const discovered = (one: Resource) => ({
  resource: one.plural,
  responseKind: { group: one.group, version: one.version, kind: one.objectKind },
  scope: one.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: one.singular,
  verbs: verbsOf(one),
  ...(one.shortNames.length > 0 ? { shortNames: one.shortNames } : {}),
  ...(one.categories.length > 0 ? { categories: one.categories } : {}),
});

function groupEntry(resources: readonly Resource[], group: string) {
  const versions = versionsOf(resources, group).map((version) => ({
    groupVersion: apiVersionOf({ group, version }),
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

const groupsOf = (resources: readonly Resource[]): string[] => [
  ...new Set(resources.map(({ group }) => group)),
];
const versionsOf = (resources: readonly Resource[], group: string): string[] => [
  ...new Set(resources.filter((one) => one.group === group).map(({ version }) => version)),
];
