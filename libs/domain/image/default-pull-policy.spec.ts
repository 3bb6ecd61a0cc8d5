import { describe, expect, it } from '@jest/globals';
import { defaultPullPolicy } from './default-pull-policy.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('defaultPullPolicy', () => {
  it.each([
    ['busybox', 'Always'],
    ['busybox:latest', 'Always'],
    ['r.io/a/b', 'Always'],
    ['localhost:5000', 'IfNotPresent'],
    ['localhost:5000/app', 'Always'],
    ['busybox:1.32.0', 'IfNotPresent'],
    ['busybox:LATEST', 'IfNotPresent'],
    [`busybox@${digest}`, 'IfNotPresent'],
    [`busybox:1@${digest}`, 'IfNotPresent'],
    [`busybox:latest@${digest}`, 'IfNotPresent'],
    ['Bad Name', 'IfNotPresent'],
    [' ', 'IfNotPresent'],
  ])('IMG-10 %j is pulled %s', (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });
});
