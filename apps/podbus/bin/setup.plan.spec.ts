import { describe, expect, it } from '@jest/globals';
import {
  neededTools,
  needsBuild,
  needsNodeModules,
  nodeIsOldEnough,
  planPackages,
  tools,
} from './setup.plan.mjs';

const names = (list: { name: string }[]) => list.map((tool) => tool.name);
const debian = { platform: 'linux', distribution: 'ID=debian\n', root: true, hasApt: true };

describe('set-up', () => {
  it.each([
    ['20.19.0', true],
    ['20.18.9', false],
    ['24.0.0', true],
    ['18.20.4', false],
    ['22.12.0-nightly', true],
  ])('Node %s: %s', (version, answer) => expect(nodeIsOldEnough(version)).toBe(answer));

  it('asks for what the use needs, and not for a server that the user brings', () => {
    expect(names(neededTools('run', {}))).not.toContain('docker-registry');
    expect(names(neededTools('demo', {}))).toContain('docker-registry');
    expect(names(neededTools('tests', {}))).toEqual(names(tools));
    expect(
      names(neededTools('run', { PODBUS_NATS_URL: 'nats://n', PODBUS_CONTAINERD_ADDRESS: '/s' })),
    ).toEqual(['iptables', 'ip']);
    expect(names(neededTools('demo', { PODBUS_NATS_URL: 'nats://n' }))).toContain('nats-server');
  });

  it('installs node modules when there are none or the lock file really changed', () => {
    const facts = { installedMs: 2, lockMs: 1, lockHash: () => 'a', installedHash: undefined };
    expect(needsNodeModules({ ...facts, installedMs: undefined })).toBe(true);
    expect(needsNodeModules(facts)).toBe(false);
    expect(needsNodeModules({ ...facts, lockMs: 3 })).toBe(true);
    expect(needsNodeModules({ ...facts, lockMs: 3, installedHash: 'a' })).toBe(false);
    expect(needsNodeModules({ ...facts, lockMs: 3, installedHash: 'b' })).toBe(true);
  });

  it('builds when sources are newer than the build', () => {
    expect(needsBuild({ builtMs: undefined, newestSourceMs: 1, hasMain: true })).toBe(true);
    expect(needsBuild({ builtMs: 2, newestSourceMs: 1, hasMain: false })).toBe(true);
    expect(needsBuild({ builtMs: 2, newestSourceMs: 3, hasMain: true })).toBe(true);
    expect(needsBuild({ builtMs: 2, newestSourceMs: 1, hasMain: true })).toBe(false);
  });

  it('installs packages on Debian and Ubuntu as root', () => {
    const missing = neededTools('run', {}).slice(0, 3);
    const packages = ['containerd', 'runc', 'containernetworking-plugins'];
    expect(planPackages(missing, debian)).toEqual({ action: 'apt', packages });
    const ubuntu = { ...debian, distribution: 'ID=pop\nID_LIKE="ubuntu debian"\n' };
    expect(planPackages(missing, ubuntu)).toMatchObject({ action: 'apt' });
    expect(planPackages([], debian)).toEqual({ action: 'nothing' });
  });

  it('elsewhere names what is missing and how to get it', () => {
    const missing = neededTools('run', {}).slice(0, 1);
    const refusal = (machine: Partial<typeof debian>) => planPackages(missing, { ...debian, ...machine });
    expect(refusal({ root: false })).toMatchObject({
      message: expect.stringContaining('sudo apt-get install --no-install-recommends containerd'),
    });
    expect(refusal({ distribution: 'ID=fedora\n' })).toMatchObject({
      action: 'refuse',
      message: expect.stringMatching(/containerd\s+https:/),
    });
    expect(refusal({ platform: 'darwin' })).toMatchObject({
      message: expect.stringContaining('needs Linux'),
    });
  });
});
