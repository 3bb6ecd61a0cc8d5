import { describe, expect, it } from '@jest/globals';
import { parsePattern, parsePlace, parseRegistryKey, patternMatches } from './registry-key.js';

const matches = (text: string, repository: string): boolean => {
  const [pattern, place] = [parsePattern(text), parsePlace(repository)];
  if ('error' in pattern) throw new Error(pattern.error);
  if ('error' in place) throw new Error(place.error);
  return patternMatches(pattern, place);
};

describe('a pattern of matchImages', () => {
  it.each([
    ['123456789.dkr.ecr.us-east-1.amazonaws.com', '123456789.dkr.ecr.us-east-1.amazonaws.com/app', true],
    ['*.azurecr.io', 'my.azurecr.io/app', true],
    ['*.azurecr.io', 'a.my.azurecr.io/app', false],
    ['gcr.io', 'gcr.io/p/a', true],
    ['*.*.registry.io', 'a.b.registry.io/x', true],
    ['registry.io:8080/path', 'registry.io:8080/path/x', true],
    ['registry.io:8080/path', 'registry.io/path/x', false],
    ['foo.registry.io', 'docker.io/library/x', false],
    ['*.io', 'registry.io/x', true],
    ['*.io', 'a.registry.io/x', false],
  ])('IMG-21 %s matches %s: %s', (pattern, repository, answer) => {
    expect(matches(pattern, repository)).toBe(answer);
  });
});

describe('parseRegistryKey', () => {
  it.each([
    ['https://index.docker.io/v1/', 'index.docker.io'],
    ['https://r.io/v1', 'r.io/v1'],
    ['http://r.io/v2/team', 'r.io/team'],
    ['HTTPS://r.io', 'HTTPS://r.io'],
    ['user:word@r.io:5000/a/?q#f', 'r.io:5000/a/'],
    ['[::1]:5000', '[::1]:5000'],
    ['', ''],
  ])('IMG-24 cleans %j up to %j', (key, normalized) => {
    expect(parseRegistryKey(key)).toMatchObject({ normalized });
  });

  it.each([
    ['[::1', 'parse "https://[::1": missing \']\' in host'],
    ['r.io/%', 'parse "https://r.io/%": invalid URL escape "%"'],
    ['r%41.io', 'parse "https://r%41.io": invalid URL escape "%41"'],
    ['r .io', 'parse "https://r .io": invalid character " " in host name'],
    ['r\n.io', 'parse "https://r\\n.io": net/url: invalid control character in URL'],
    ['a b@r.io', 'parse "https://a b@r.io": net/url: invalid userinfo'],
  ])('IMG-24 passes %j over: %s', (key, error) => {
    expect(parseRegistryKey(key)).toEqual({ error });
  });
});
