import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { LookedUpFacts } from '#domain/admission/admission-facts.js';
import type { ServiceAccounts } from './service-accounts.js';

export interface FactSources {
  accounts: ServiceAccounts;
}

/** How each fact that plugins go by is looked up: a new one is a row here and a field of `LookedUpFacts`. */
const lookups: {
  [Fact in keyof Required<LookedUpFacts>]: (
    pod: PodManifest,
    sources: FactSources,
  ) => Promise<LookedUpFacts[Fact]>;
} = {
  serviceAccount: ({ metadata: { namespace = '' }, spec }, { accounts }) =>
    accounts.find(namespace, spec.serviceAccountName ?? ''),
};

/** Everything that plugins may want to know about a defaulted pod, in a namespace that exists; all at once. */
export async function admissionFacts(pod: PodManifest, sources: FactSources): Promise<LookedUpFacts> {
  const found = await Promise.all(
    Object.entries(lookups).map(async ([fact, lookUp]) => [fact, await lookUp(pod, sources)] as const),
  );
  return Object.fromEntries(found);
}
