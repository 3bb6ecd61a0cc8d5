import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { accepted, expand, refused } from './image-reference.cases.js';
import { canonicalName, parseImageReference, repositoryName, withDefaultTag } from './image-reference.js';

describe('parseImageReference', () => {
  it.each(accepted)(
    'IMG-01 IMG-02 IMG-03 IMG-04 takes %j apart',
    (name, registry, repository, tag, digest, canonical) => {
      const parsed = parseImageReference(expand(name));
      if ('error' in parsed) throw new Error(parsed.error);
      const { reference } = parsed;
      expect(reference).toMatchObject({ registry, repository: expand(repository) });
      expect(reference.tag).toBe(tag && expand(tag));
      expect(reference.digest).toBe(digest && expand(digest));
      expect(canonicalName(reference)).toBe(expand(canonical));
    },
  );

  it.each(refused)('IMG-01 refuses %j: %s', (name, error) => {
    expect(parseImageReference(expand(name))).toEqual({ error: expand(error) });
  });

  it('IMG-01 a canonical name parses to the same image', () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const host = fc.oneof(
      fc.tuple(label, label).map((labels) => labels.join('.')),
      fc.tuple(label, fc.integer({ min: 1, max: 99999 })).map(([name, port]) => `${name}:${port}`),
      fc.constantFrom('localhost', 'Registry', '[::1]:5000', 'index.docker.io', 'docker.io'),
    );
    const path = fc
      .array(fc.stringMatching(/^[a-z0-9]{1,4}([._-][a-z0-9]{1,4}){0,2}$/), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'));
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
    const digest = fc.stringMatching(/^[a-f0-9]{64}$/).map((hex) => `sha256:${hex}`);
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    fc.assert(
      fc.property(optional(host), path, optional(tag), optional(digest), (h, p, t, d) => {
        const name = `${h ? `${h}/` : ''}${p}${t ? `:${t}` : ''}${d ? `@${d}` : ''}`;
        const first = parseImageReference(name);
        if ('error' in first) throw new Error(`${name}: ${first.error}`);
        const again = parseImageReference(canonicalName(first.reference));
        const { tag: _, ...pinned } = first.reference;
        const expected = d ? pinned : { ...first.reference, tagDefaulted: false };
        expect(again).toEqual({ reference: expected });
      }),
    );
  });

  it('IMG-01 any text is answered, in time that grows with its length', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseImageReference(text)));
    for (const part of ['a-', 'a.', '-', 'a', 'a/', 'A', '@a:', '__', '[:']) {
      const text = part.repeat(200_000);
      const start = performance.now();
      parseImageReference(`${text}!`);
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });

  it('IMG-02 another default registry takes the names without a host', () => {
    const options = { defaultRegistry: 'mirror.example:5000' };
    const nameOf = (text: string) => {
      const parsed = parseImageReference(text, options);
      return 'error' in parsed ? parsed.error : canonicalName(parsed.reference);
    };
    expect(nameOf('busybox')).toBe('mirror.example:5000/busybox:latest');
    expect(nameOf('team/app:1')).toBe('mirror.example:5000/team/app:1');
    expect(nameOf('docker.io/busybox')).toBe('docker.io/library/busybox:latest');
    expect(nameOf('localhost/app')).toBe('localhost/app:latest');
  });

  it("IMG-05 the documentation's examples mean what it says", () => {
    const hex = 'a'.repeat(64);
    const read = (text: string) => {
      const parsed = parseImageReference(text);
      if ('error' in parsed) throw new Error(parsed.error);
      const { reference } = parsed;
      return [repositoryName(reference), canonicalName(reference), withDefaultTag(text, reference)];
    };
    const pause = 'registry.k8s.io/pause';
    expect(read('busybox')).toEqual([
      'docker.io/library/busybox',
      'docker.io/library/busybox:latest',
      'busybox:latest',
    ]);
    expect(read('busybox:1.32.0')[1]).toBe('docker.io/library/busybox:1.32.0');
    expect(read(`${pause}:latest`)[1]).toBe(`${pause}:latest`);
    expect(read(`${pause}:3.5`)[2]).toBe(`${pause}:3.5`);
    expect(read(`${pause}@sha256:${hex}`)[1]).toBe(`${pause}@sha256:${hex}`);
    expect(read(`${pause}:3.5@sha256:${hex}`)[1]).toBe(`${pause}@sha256:${hex}`);
  });
});
