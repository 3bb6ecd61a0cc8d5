/** Kubernetes's alphabet for generated names: no vowels, and nothing that is read as something else. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters that follow from a UUID. */
export function nameSuffix(uuid: string): string {
  let rest = Number.parseInt(uuid.replaceAll('-', '').slice(0, 8), 16);
  let suffix = '';
  for (let i = 0; i < 5; i++) {
    suffix += alphabet[rest % alphabet.length];
    rest = Math.floor(rest / alphabet.length);
  }
  return suffix;
}
