import { describe, expect, it } from '@jest/globals';
import type { ImageEvent } from '#contracts/events/image.events.js';
import { recorded } from '#testing/given-when-then.js';
import { allowlistProblem, type ImageUse, mayUse, type VerificationPolicy } from './may-use.js';
import { evolveImage } from './node-image.evolve.js';
import type { ImageStreamState, NodeImageState } from './node-image.state.js';

const repository = 'registry.test/team/app';
const secret = (name: string, uid = `uid-${name}`) => ({ uid, namespace: 'default', name });
const base = { node: 'node-a', imageId: 'sha256:1' };
const names = { repoTags: [`${repository}:1`], repoDigests: [], sizeBytes: 1, runtimeHandler: '' };

const preloaded: ImageEvent = { type: 'NodeImageRecorded', data: { ...base, ...names, origin: 'Preloaded' } };
const pulled: ImageEvent = { type: 'NodeImageRecorded', data: { ...base, ...names, origin: 'Pulled' } };
const byNode: ImageEvent = {
  type: 'NodeImageAccessGranted',
  data: { ...base, repository, access: { to: 'Node' } },
};
const bySecret = (hash: string, name = 'one'): ImageEvent => ({
  type: 'NodeImageAccessGranted',
  data: { ...base, repository, access: { to: 'Secret', hash, secret: secret(name) } },
});
const byPlugin = (hash: string): ImageEvent => ({
  type: 'NodeImageAccessGranted',
  data: { ...base, repository, access: { to: 'Secret', hash } },
});
const unproven: ImageEvent = { type: 'NodeImagePullUnproven', data: base };

const given = (...events: ImageEvent[]): NodeImageState | undefined => {
  const state = recorded('image/node-a/sha256:1', events).reduce<ImageStreamState | undefined>(
    (before, event) => evolveImage(before, event as never),
    undefined,
  );
  return state?.kind === 'image' ? state.image : undefined;
};
const verify = (
  policy: VerificationPolicy,
  record: NodeImageState | undefined,
  use: Partial<ImageUse> = {},
) =>
  mayUse(
    record,
    { repository, offered: [], isPullIntended: false, ...use },
    { policy, allowlist: ['registry.test/free', 'registry.test/public/*'] },
  );

describe('IMG-29 whether a pod may use an image that is on the node', () => {
  it.each<[string, ImageEvent[], Partial<ImageUse>, string]>([
    // [Never, Preloaded, Allowlisted, Always]; a: allowed, p: it must pull
    ['nothing is known of it', [], {}, 'aapp'],
    ['nothing is known, and a pull of it was begun', [], { isPullIntended: true }, 'appp'],
    ['preloaded', [preloaded], {}, 'aapp'],
    ['preloaded, a pull of it was begun', [preloaded], { isPullIntended: true }, 'appp'],
    ['preloaded, then pulled by who knows whom', [preloaded, unproven], {}, 'appp'],
    ['preloaded, on the list', [preloaded], { repository: 'registry.test/free' }, 'aaap'],
    ['preloaded, below the list', [preloaded], { repository: 'registry.test/public/a/b' }, 'aaap'],
    ['preloaded, beside the list', [preloaded], { repository: 'registry.test/publicity' }, 'aapp'],
    ['pulled, on the list', [pulled], { repository: 'registry.test/free' }, 'apap'],
    ['pulled, by who knows whom', [pulled], { offered: [{ hash: 'h' }] }, 'appp'],
    ['pulled anonymously or with the credentials of the node', [pulled, byNode], {}, 'aaaa'],
    ['pulled with a secret, by one without', [pulled, bySecret('h1')], {}, 'appp'],
    ['with a secret, another credential', [pulled, bySecret('h1')], { offered: [{ hash: 'h2' }] }, 'appp'],
    ['with a secret, the same credential', [pulled, bySecret('h1')], { offered: [{ hash: 'h1' }] }, 'aaaa'],
    [
      'with a secret, the same secret with another content',
      [pulled, bySecret('h1')],
      { offered: [{ hash: 'h2', secret: secret('one') }] },
      'aaaa',
    ],
    [
      'with a secret, another secret of that name',
      [pulled, bySecret('h1')],
      { offered: [{ hash: 'h2', secret: secret('one', 'uid-later') }] },
      'appp',
    ],
    [
      'with a secret, from another repository of the same image',
      [pulled, bySecret('h1')],
      { offered: [{ hash: 'h1' }], repository: 'registry.test/other' },
      'appp',
    ],
    ['preloaded, then pulled with a secret', [preloaded, bySecret('h1')], {}, 'appp'],
  ])('%s', (_, events, use, expected) => {
    const policies = [
      'NeverVerify',
      'NeverVerifyPreloadedImages',
      'NeverVerifyAllowlistedImages',
      'AlwaysVerify',
    ] as const;
    const verdicts = policies.map((policy) => verify(policy, given(...events), use).verdict);
    expect(verdicts.map((verdict) => verdict.charAt(0).replace('m', 'p')).join('')).toBe(expected);
  });

  it.each([
    ['the same credential in another secret', { hash: 'h1', secret: secret('two') }, true],
    ['the same secret with another content', { hash: 'h2', secret: secret('one') }, true],
    ['what is known already', { hash: 'h1', secret: secret('one') }, false],
    ['the same credential from no secret', { hash: 'h1' }, false],
  ])('remembers of %s: %p', (_, offered, isLearned) => {
    const { verdict, learned } = verify('AlwaysVerify', given(pulled, bySecret('h1')), {
      offered: [{ hash: 'h0' }, offered],
    });
    expect({ verdict, learned }).toEqual({ verdict: 'allowed', learned: isLearned ? offered : undefined });
  });

  it('lets more secrets in than it remembers', () => {
    const many = Array.from({ length: 100 }, (_, n) => bySecret('h1', `secret-${n}`));
    const offered = [{ hash: 'h1', secret: secret('one-more') }];
    expect(verify('AlwaysVerify', given(pulled, ...many), { offered })).toEqual({ verdict: 'allowed' });
  });

  it('knows a credential that came from no secret', () => {
    const record = given(pulled, byPlugin('h1'));
    expect(verify('AlwaysVerify', record, { offered: [{ hash: 'h1' }] })).toEqual({ verdict: 'allowed' });
  });
});

describe('a pattern of the allowlist', () => {
  it.each([
    ['registry.test/app', undefined],
    ['registry.test/*', undefined],
    [' registry.test/app', 'leading/trailing spaces are not allowed:  registry.test/app'],
    ['', 'the supplied pattern is too short: '],
    [
      'registry.test/a*',
      "not a valid wildcard pattern, only patterns ending with '/*' are allowed: registry.test/a*",
    ],
    ['/*', 'at least registry hostname is required'],
    ['registry.test/app:1', 'neither tag nor digest is accepted in an image reference: registry.test/app:1'],
    ['busybox', 'neither tag nor digest is accepted in an image reference: busybox'],
    [
      'registry.test/App',
      'failed to parse as an image name: invalid reference format: repository name (App) must be lowercase',
    ],
  ])('%p: %p', (pattern, problem) => {
    expect(allowlistProblem(pattern)).toBe(problem);
  });
});
