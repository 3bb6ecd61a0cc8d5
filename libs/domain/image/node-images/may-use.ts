import { parseImageReference, repositoryName } from '../image-reference.js';
import { maxSecrets } from './node-image.decider.js';
import { isSameSecret } from './node-image.evolve.js';
import type { NodeImageState, SecretAccess } from './node-image.state.js';

/** Kubernetes's four, of `KubeletConfiguration`. */
export const verificationPolicies = [
  'NeverVerify',
  'NeverVerifyPreloadedImages',
  'NeverVerifyAllowlistedImages',
  'AlwaysVerify',
] as const;
export type VerificationPolicy = (typeof verificationPolicies)[number];

export interface Verification {
  policy: VerificationPolicy;
  /** Repositories without tag or digest; one that ends in `/*` stands for everything below. */
  allowlist: readonly string[];
}

export interface ImageUse {
  /** `registry/repository` of the name in the pod. */
  repository: string;
  /** The credentials that the pod would pull with, by their keyed hashes. */
  offered: readonly SecretAccess[];
  /** A pull of this name was begun, and what came of it is not recorded. */
  isPullIntended: boolean;
}

export interface Verdict {
  /** `mustPull`: only the registry can tell; with `imagePullPolicy: Never` the image counts as absent. */
  verdict: 'allowed' | 'mustPull';
  /** A credential that was let in and is worth remembering. */
  learned?: SecretAccess;
}

/**
 * Whether a pod may use an image that is on the node, by the credentials it has (IMG-29, behaviour 7.3). `record`: what
 * is known of the image; undefined: nothing. Pure.
 */
export function mayUse(
  record: NodeImageState | undefined,
  use: ImageUse,
  verification: Verification,
): Verdict {
  const isPulledHere = record?.isPulledHere || use.isPullIntended;
  if (!mustVerify(use.repository, isPulledHere, verification)) return { verdict: 'allowed' };
  const access = record?.access[use.repository];
  if (!access) return { verdict: 'mustPull' };
  if (access.everyone) return { verdict: 'allowed' };
  for (const offered of use.offered) {
    const sameHash = access.secrets.filter(({ hash }) => hash === offered.hash);
    const sameSecret = access.secrets.filter((known) => isSameSecret(known, offered));
    if (sameHash.length === 0 && sameSecret.length === 0) continue;
    const isKnown = offered.secret
      ? sameHash.some((known) => isSameSecret(known, offered))
      : sameHash.length > 0;
    return isKnown || access.secrets.length >= maxSecrets
      ? { verdict: 'allowed' }
      : { verdict: 'allowed', learned: offered };
  }
  return { verdict: 'mustPull' };
}

function mustVerify(repository: string, isPulledHere: boolean, { policy, allowlist }: Verification): boolean {
  switch (policy) {
    case 'NeverVerify':
      return false;
    case 'NeverVerifyPreloadedImages':
      return isPulledHere;
    case 'NeverVerifyAllowlistedImages':
      return !allowlist.some((pattern) => isListed(repository, pattern));
    case 'AlwaysVerify':
      return true;
  }
}

const isListed = (repository: string, pattern: string): boolean =>
  pattern.endsWith('/*') ? repository.startsWith(pattern.slice(0, -1)) : repository === pattern;

/** What is wrong with a pattern of the allowlist, in Kubernetes's words; undefined: nothing. */
export function allowlistProblem(pattern: string): string | undefined {
  if (pattern !== pattern.trim()) return `leading/trailing spaces are not allowed: ${pattern}`;
  const isWildcard = pattern.endsWith('/*');
  const fixed = isWildcard ? pattern.slice(0, -1) : pattern;
  if (fixed === '') return `the supplied pattern is too short: ${pattern}`;
  if (fixed.includes('*'))
    return `not a valid wildcard pattern, only patterns ending with '/*' are allowed: ${pattern}`;
  if (isWildcard) return fixed === '/' ? 'at least registry hostname is required' : undefined;
  const parsed = parseImageReference(pattern);
  if ('error' in parsed) return `failed to parse as an image name: ${parsed.error}`;
  return repositoryName(parsed.reference) === pattern
    ? undefined
    : `neither tag nor digest is accepted in an image reference: ${pattern}`;
}
