import { describe, expect, it } from '@jest/globals';
import { hostsFileOf } from './hosts-file.js';

describe('ENV-02 the hosts file', () => {
  it('ENV-02 names the pod at each of its addresses', () => {
    const manifest = { metadata: { name: 'web' }, spec: { hostname: 'db' } } as Parameters<
      typeof hostsFileOf
    >[0];
    const lines = hostsFileOf(manifest, ['10.1.0.2', 'fd00::2']).split('\n');
    expect(lines.slice(0, 2)).toEqual(['# Kubernetes-managed hosts file.', '127.0.0.1\tlocalhost']);
    expect(lines.slice(-3)).toEqual(['10.1.0.2\tdb', 'fd00::2\tdb', '']);
  });
});
