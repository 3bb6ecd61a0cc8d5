import { globMatcher, isGlob } from './glob.js';
import { parseGoUrl, parseSchemelessUrl } from './go-url.js';

/** A key of a Docker configuration, cleaned up as Kubernetes does. */
export interface RegistryKey {
  /** `host[:port][/path]`: what keys are sorted and told apart by. */
  normalized: string;
  /** Absent: the key is in order, but nothing can match it. */
  pattern?: RegistryPattern;
}

/** A registry, or a part of one, whose host labels may be globs. */
export interface RegistryPattern {
  place: Place;
  /** A test for each label that is a glob; empty: the host is matched as a text. */
  globs: { index: number; matches: (label: string) => boolean }[];
}

/** A repository or a pattern, taken apart. */
export interface Place {
  /** Without the port. */
  host: string;
  labels: string[];
  port: string;
  path: string;
}

/**
 * Cleans a key up: without scheme, user information, query, fragment and a leading `/v1` or `/v2`. `error` is Go's text
 * for a key that is passed over.
 */
export function parseRegistryKey(key: string): RegistryKey | { error: string } {
  const url = parseGoUrl(/^https?:\/\//.test(key) ? key : `https://${key}`);
  if ('error' in url) return url;
  const path = /^\/v[12]\//.test(url.path) ? url.path.slice(3) : url.path;
  const normalized = path === '/' ? url.host : `${url.host}${path}`;
  const pattern = parsePattern(normalized);
  return 'error' in pattern ? { normalized } : { normalized, pattern };
}

/** A pattern without a scheme, as in a plugin's `matchImages`. `error` is Go's text. */
export function parsePattern(text: string): RegistryPattern | { error: string } {
  const place = parsePlace(text);
  if ('error' in place) return place;
  const globs = place.labels.flatMap((label, index) =>
    isGlob(label) ? [{ index, matches: globMatcher(label) }] : [],
  );
  return { place, globs };
}

/** A repository: registry host, its port, and the path. */
export function parsePlace(text: string): Place | { error: string } {
  const url = parseSchemelessUrl(text);
  if ('error' in url) return url;
  const { host, port } = splitPort(url.host);
  return { host, labels: host.split('.'), port, path: url.path };
}

/** Same port, as many labels, each label by its glob, and the path by its beginning: not by whole parts of it. */
export function patternMatches({ place, globs }: RegistryPattern, target: Place): boolean {
  if (place.port !== target.port || place.labels.length !== target.labels.length) return false;
  if (!target.path.startsWith(place.path)) return false;
  if (globs.length === 0) return place.host === target.host;
  return place.labels.every((label, index) => {
    const glob = globs.find((one) => one.index === index);
    return glob ? glob.matches(target.labels[index]!) : label === target.labels[index];
  });
}

/** As Go's `net.SplitHostPort`, with the whole text for the host where that would fail. */
function splitPort(text: string): { host: string; port: string } {
  const match = /^(?:\[([^[\]]*)\]|([^[\]:]*)):([^[\]:]*)$/.exec(text);
  return match ? { host: (match[1] ?? match[2])!, port: match[3]! } : { host: text, port: '' };
}
