const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const padding = '=';
const isNewline = (char: string | undefined) => char === '\n' || char === '\r';

export type Decoded = { bytes: Uint8Array } | { error: string };

/**
 * Base64 as Go's `encoding/base64` decodes it, its error texts included: line ends are skipped anywhere. `padded` is
 * Go's StdEncoding (`=` up to a multiple of four), otherwise its RawStdEncoding (no `=` at all).
 */
export function decodeBase64(text: string, padded: boolean): Decoded {
  const bytes: number[] = [];
  let at = 0;
  for (;;) {
    const quantum = readQuantum(text, at, padded);
    if ('corruptAt' in quantum) return { error: `illegal base64 data at input byte ${quantum.corruptAt}` };
    bytes.push(...quantum.bytes);
    at = quantum.next;
    if (quantum.isLast) return { bytes: Uint8Array.from(bytes) };
  }
}

type Quantum = { bytes: number[]; next: number; isLast: boolean } | { corruptAt: number };

/** Up to four digits from `start` on, and the bytes that they stand for. */
function readQuantum(text: string, start: number, padded: boolean): Quantum {
  const digits: number[] = [];
  let at = start;
  while (digits.length < 4) {
    const char = text[at];
    if (char === undefined) {
      if (digits.length === 1 || (padded && digits.length > 0)) return { corruptAt: at - digits.length };
      return { bytes: bytesOf(digits), next: at, isLast: true };
    }
    at++;
    if (isNewline(char)) continue;
    const digit = alphabet.indexOf(char);
    if (digit >= 0) digits.push(digit);
    else if (padded && char === padding) return readPadding(text, at, digits);
    else return { corruptAt: at - 1 };
  }
  return { bytes: bytesOf(digits), next: at, isLast: false };
}

/** One `=` has been read; `at` is the place after it. */
function readPadding(text: string, at: number, digits: number[]): Quantum {
  if (digits.length < 2) return { corruptAt: at - 1 };
  let next = afterNewlines(text, at);
  if (digits.length === 2) {
    if (next >= text.length) return { corruptAt: text.length };
    if (text[next] !== padding) return { corruptAt: next - 1 };
    next = afterNewlines(text, next + 1);
  }
  return next < text.length ? { corruptAt: next } : { bytes: bytesOf(digits), next, isLast: true };
}

function afterNewlines(text: string, from: number): number {
  let at = from;
  while (isNewline(text[at])) at++;
  return at;
}

/** Six bits a digit; what is left over of the last byte is dropped. */
function bytesOf(digits: number[]): number[] {
  const bits = digits.reduce((sum, digit) => sum * 64 + digit, 0) * 64 ** (4 - digits.length);
  const bytes = [(bits >> 16) & 0xff, (bits >> 8) & 0xff, bits & 0xff];
  return bytes.slice(0, Math.max(0, digits.length - 1));
}
