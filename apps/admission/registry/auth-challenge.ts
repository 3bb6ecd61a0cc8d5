/** What a registry asks for, from the `WWW-Authenticate` header of its 401. */
export type AuthChallenge =
  | { scheme: 'basic' }
  /** A token is fetched from `realm` (an URL) for this service and scope. */
  | { scheme: 'bearer'; realm: string; service?: string; scope?: string };

/** RFC 9110, 11.6.1, one challenge; undefined for a scheme that registries do not use. */
export function parseChallenge(header: string | null): AuthChallenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)\s*(.*)$/.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of rest.matchAll(/([a-z]+)=(?:"([^"]*)"|([^\s,]+))/gi)) {
    parameters.set(name.toLowerCase(), quoted ?? plain ?? '');
  }
  const realm = parameters.get('realm');
  if (!realm) return undefined;
  return { scheme: 'bearer', realm, service: parameters.get('service'), scope: parameters.get('scope') };
}
