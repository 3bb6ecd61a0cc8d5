/** How Kubernetes names a pull that failed, and the words of its waiting state. */
export interface PullFailure {
  reason: 'ErrImagePull' | 'RegistryUnavailable' | 'SignatureValidationFailed';
  message: string;
}

const told = [
  { reason: 'RegistryUnavailable', why: 'the registry is unavailable' },
  { reason: 'SignatureValidationFailed', why: 'the signature validation failed' },
] as const;

/**
 * Reads the runtime's words: the two better reasons only where they begin with the reason's own name, which an error
 * with gRPC's prefix never does (behaviour 3.2).
 */
export function pullFailure(image: string, error: string): PullFailure {
  const known = told.find(({ reason }) => error.startsWith(reason));
  if (!known) return { reason: 'ErrImagePull', message: error };
  const { reason, why } = known;
  return { reason, message: `image pull failed for ${image} because ${why}${error.slice(reason.length)}` };
}
