import { decodeBase64 } from '#domain/image/credentials/go-base64.js';

/** Base64 in its one canonical spelling, or the text with which Go's decoder refuses it. */
export function canonicalBase64(text: string): { base64: string } | { error: string } {
  // Nearly always it is canonical as it is; Node's decoder takes anything, so that is seen by encoding again.
  if (Buffer.from(text, 'base64').toString('base64') === text) return { base64: text };
  const decoded = decodeBase64(text, true);
  return 'error' in decoded ? decoded : { base64: Buffer.from(decoded.bytes).toString('base64') };
}
