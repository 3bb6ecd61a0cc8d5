import type { QuantityReader } from '../environment/linux-resources.js';

/** Kubernetes's text for a quantity that is none. */
export const quantityFormatError =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixError = "unable to parse quantity's suffix";

/** An amount in billionths, which is as fine as Kubernetes goes; what is finer is rounded up, away from zero. */
export interface Quantity {
  nano: bigint;
  format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const nanoPerUnit = 1_000_000_000n;
/** 2^63 - 1 units: larger amounts become this one. */
const maxNano = (2n ** 63n - 1n) * nanoPerUnit;
/** No sane amount is written longer; keeps a hostile one from costing time. */
const maxTextLength = 128;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const grammar = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*(?:[-+]?\d*))$/;

/** Reads Kubernetes's notation (`500m`, `1.5Gi`, `1e3`); `error` is Kubernetes's text. */
export function parseQuantity(text: string): { quantity: Quantity } | { error: string } {
  const match = text.length <= maxTextLength ? grammar.exec(text) : null;
  if (!match) return { error: quantityFormatError };
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole + fraction === '') return { error: quantityFormatError };
  const scale = scaleOf(suffix);
  if (!scale) return { error: suffixError };
  const size = nanoOf(BigInt(whole + fraction), fraction.length, scale);
  return { quantity: { nano: sign === '-' ? -size : size, format: scale.format } };
}

interface Scale {
  format: Quantity['format'];
  power10: number;
  factor: bigint;
}

function scaleOf(suffix: string): Scale | undefined {
  const power10 = Object.hasOwn(decimalExponents, suffix) ? decimalExponents[suffix] : undefined;
  if (power10 !== undefined) return { format: 'DecimalSI', power10, factor: 1n };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', power10: 0, factor: 1024n ** BigInt(binary) };
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix)?.[1];
  return exponent === undefined
    ? undefined
    : { format: 'DecimalExponent', power10: Number(exponent), factor: 1n };
}

function nanoOf(digits: bigint, fractionDigits: number, { power10, factor }: Scale): bigint {
  if (digits === 0n) return 0n;
  const power = power10 + 9 - fractionDigits;
  // Beyond these the result is the largest or the smallest amount, whatever the digits.
  if (power > 40) return maxNano;
  if (power < -2 * maxTextLength) return 1n;
  const exact = digits * factor;
  const nano = power >= 0 ? exact * 10n ** BigInt(power) : divideUp(exact, 10n ** BigInt(-power));
  return nano > maxNano ? maxNano : nano;
}

const divideUp = (a: bigint, b: bigint): bigint => (a > 0n ? (a + b - 1n) / b : a / b);

/** The spelling that Kubernetes stores: `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function canonicalQuantity({ nano, format }: Quantity): string {
  const isSmall = nano > -1024n * nanoPerUnit && nano < 1024n * nanoPerUnit;
  if (format === 'BinarySI' && !isSmall) {
    let amount = divideUp(nano, nanoPerUnit);
    let power = 0;
    while (amount % 1024n === 0n && power < binarySuffixes.length - 1) {
      amount /= 1024n;
      power++;
    }
    return `${amount}${binarySuffixes[power]}`;
  }
  let amount = nano;
  let power10 = -9;
  while (amount !== 0n && amount % 1000n === 0n && power10 < 18) {
    amount /= 1000n;
    power10 += 3;
  }
  if (amount === 0n || power10 === 0) return `${amount}`;
  if (format === 'DecimalExponent') return `${amount}e${power10}`;
  const suffix = Object.keys(decimalExponents).find((key) => decimalExponents[key] === power10);
  return `${amount}${suffix}`;
}

function nanoOfText(text: string): bigint {
  const parsed = parseQuantity(text);
  if ('error' in parsed) throw new Error(`quantity "${text}": ${parsed.error}`);
  return parsed.quantity.nano;
}

/** Whole numbers from quantities that were admitted; rounds up. Throws for anything that is no quantity. */
export const quantityReader: QuantityReader = {
  milliCpu: (text) => Number(divideUp(nanoOfText(text), 1_000_000n)),
  bytes: (text) => Number(divideUp(nanoOfText(text), nanoPerUnit)),
};
