import { isAbsolute, resolve } from 'node:path';

/** Turns a setting's text into its value; throws an Error whose message goes on after "PODBUS_X=… ". */
export type Parse<T> = (text: string, context: ParseContext) => T;
export interface ParseContext {
  /** Relative paths are relative to this directory. */
  cwd: string;
}

export interface HostPort {
  host: string;
  /** 0: any free one. */
  port: number;
}

export const path: Parse<string> = (text, { cwd }) => (isAbsolute(text) ? text : resolve(cwd, text));

export const port: Parse<number> = (text) => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('is not a port (0 to 65535)');
  return Number(text);
};

/** A whole number of seconds from 1 to `most`. */
export const secondsUpTo =
  (most: number): Parse<number> =>
  (text) => {
    const seconds = Number(text);
    if (!/^\d+$/.test(text) || seconds < 1 || seconds > most)
      throw new Error(`is not a whole number of seconds from 1 to ${most}`);
    return seconds;
  };

export const hostPort: Parse<HostPort> = (text, context) => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+)):(\d+)$/.exec(text);
  if (!match) throw new Error('is not an address of the form host:port, such as 127.0.0.1:7070');
  return { host: (match[1] ?? match[2])!, port: port(match[3]!, context) };
};

/** One or several comma-separated urls of these schemes; kept as text. */
export const urls =
  (...schemes: string[]): Parse<string> =>
  (text) => {
    for (const part of text.split(',')) {
      const url = URL.canParse(part.trim()) ? new URL(part.trim()) : undefined;
      if (!url || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '')
        throw new Error(`is not a url of the form ${schemes[0]}://host:port`);
    }
    return text.trim();
  };

/** The path of a unix socket, with or without `unix://`; becomes `unix:///…`. */
export const socketPath: Parse<string> = (text) => {
  const bare = text.replace(/^unix:\/\//, '');
  if (!isAbsolute(bare)) throw new Error('is not the absolute path of a unix socket');
  return `unix://${bare}`;
};

export const oneOf =
  <const T extends string>(...values: T[]): Parse<T> =>
  (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Error(`is not one of ${values.join(', ')}`);
    return found;
  };

/** Comma-separated names out of a closed list, each once. */
export const namesOutOf =
  (known: readonly string[], what: string): Parse<string[]> =>
  (text) => {
    const names = splitList(text);
    for (const name of names)
      if (!known.includes(name))
        throw new Error(`names an unknown ${what} "${name}"; known: ${known.join(', ') || 'none'}`);
    return [...new Set(names)];
  };

export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** RFC 1123 subdomain, as Kubernetes wants a Node to be named. */
export const nodeName: Parse<string> = (text) => {
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
  if (text.length > 253 || !new RegExp(`^${label}(\\.${label})*$`).test(text))
    throw new Error('is not a node name: lower case letters, digits, "-" and ".", at most 253 characters');
  return text;
};

/** `host` or `host:port`, as it would stand at the beginning of an image name. */
export const registryHost: Parse<string> = (text) => {
  if (!/^([a-zA-Z0-9]+(-+[a-zA-Z0-9]+)*\.?)+(:[0-9]+)?$/.test(text) || !/[.:]|^localhost$/.test(text))
    throw new Error('is not a registry: a host with a dot, a port, or localhost');
  return text;
};
