const keyBytes = 32;

/** The content of `PODBUS_SECRETS_KEY_FILE`: 32 bytes, as they are or in base64. Throws an Error that tells none of it. */
export function parseSecretsKey(content: Uint8Array): Uint8Array {
  if (content.length === keyBytes) return content;
  const text = Buffer.from(content).toString('latin1').trim();
  const decoded = Buffer.from(text, 'base64');
  if (decoded.length === keyBytes && decoded.toString('base64') === text) return decoded;
  throw new Error(`it must hold ${keyBytes} bytes, as they are or in base64`);
}
