/** The parts of a URL that registry keys are made of. */
export interface GoUrl {
  /** With its port, as written. */
  host: string;
  /** Percent-decoded. */
  path: string;
}

class UrlError extends Error {}

/**
 * Parses an `http(s)://` URL as Go's `net/url` does, which is both laxer (a `*` in a host) and stricter (digits only in
 * a port) than WHATWG's. `error` is Go's text. User information, query and fragment are checked and dropped.
 */
export function parseGoUrl(text: string): GoUrl | { error: string } {
  const [url = ''] = text.split('#', 1);
  try {
    return parse(url);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return { error: `parse ${JSON.stringify(url)}: ${error.message}` };
  }
}

/** The rest of a URL whose scheme was left out. */
export const parseSchemelessUrl = (text: string): GoUrl | { error: string } => parseGoUrl(`https://${text}`);

function parse(url: string): GoUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\x00-\x1f\x7f]/.test(url)) throw new UrlError('net/url: invalid control character in URL');
  const [bare = ''] = url.slice(url.indexOf('://') + 3).split('?', 1);
  const slash = bare.indexOf('/');
  const authority = slash < 0 ? bare : bare.slice(0, slash);
  const at = authority.lastIndexOf('@');
  if (at >= 0) checkUserinfo(authority.slice(0, at));
  return { host: parseHost(authority.slice(at + 1)), path: slash < 0 ? '' : unescaped(bare.slice(slash)) };
}

function checkUserinfo(userinfo: string): void {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) throw new UrlError('net/url: invalid userinfo');
  unescaped(userinfo);
}

/** Besides letters, digits and bytes beyond ASCII. */
const hostPunctuation = `-_.~!$&'()*+,;=:[]<>"`;

function parseHost(host: string): string {
  const bracket = host.lastIndexOf(']');
  if (host.startsWith('[')) {
    if (bracket < 0) throw new UrlError("missing ']' in host");
    checkPort(host.slice(bracket + 1));
  } else if (host.includes(':')) checkPort(host.slice(host.lastIndexOf(':')));
  for (const code of host.match(/%.{0,2}/gsu) ?? [])
    if (/^%[0-7]/.test(code) && code !== '%25') throw escapeError(code);
  const decoded = unescaped(host);
  for (const char of host.replace(/%[0-9a-fA-F]{2}/g, ''))
    if (char < '\x80' && !/[A-Za-z0-9]/.test(char) && !hostPunctuation.includes(char))
      throw new UrlError(`invalid character ${JSON.stringify(char)} in host name`);
  return decoded;
}

function checkPort(text: string): void {
  if (!/^(:[0-9]*)?$/.test(text)) throw new UrlError(`invalid port ${JSON.stringify(text)} after host`);
}

const escapeError = (code: string) => new UrlError(`invalid URL escape ${JSON.stringify(code)}`);

function unescaped(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/su.exec(text);
  if (bad) throw escapeError(bad[0]);
  return text.replace(/(%[0-9a-fA-F]{2})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split('%')
      .map((hex) => Number.parseInt(hex, 16));
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  });
}
