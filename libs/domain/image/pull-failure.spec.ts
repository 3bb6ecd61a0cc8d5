import { describe, expect, it } from '@jest/globals';
import { pullFailure } from './pull-failure.js';

describe('IMG-14 the reason of a failed pull', () => {
  it.each([
    [
      'RegistryUnavailable',
      'RegistryUnavailable',
      'image pull failed for r/a:1 because the registry is unavailable',
    ],
    [
      'RegistryUnavailable: conn refused',
      'RegistryUnavailable',
      'image pull failed for r/a:1 because the registry is unavailable: conn refused',
    ],
    [
      'SignatureValidationFailed: no key',
      'SignatureValidationFailed',
      'image pull failed for r/a:1 because the signature validation failed: no key',
    ],
    [
      'rpc error: code = Unknown desc = RegistryUnavailable',
      'ErrImagePull',
      'rpc error: code = Unknown desc = RegistryUnavailable',
    ],
    ['pull QPS exceeded', 'ErrImagePull', 'pull QPS exceeded'],
  ])('%s is %s', (error, reason, message) => {
    expect(pullFailure('r/a:1', error)).toEqual({ reason, message });
  });
});
