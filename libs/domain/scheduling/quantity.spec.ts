import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity, parseQuantity, quantityFormatError, quantityReader } from './quantity.js';

const canonical = (text: string): string => {
  const parsed = parseQuantity(text);
  return 'error' in parsed ? parsed.error : canonicalQuantity(parsed.quantity);
};

describe('quantity', () => {
  it.each([
    ['1', '1'],
    ['0', '0'],
    ['00', '0'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['64Mi', '64Mi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['128974848', '128974848'],
    ['129M', '129M'],
    ['123e6', '123e6'],
    ['1e3', '1e3'],
    ['9E', '9E'],
    ['-1', '-1'],
    ['+2', '2'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1e999999', '9223372036854775807'],
    ['1e-999999', '1e-9'],
  ])('%j is kept as %j', (text, kept) => {
    expect(canonical(text)).toBe(kept);
  });

  it.each(['', 'abc', '.', '1 ', ' 1', '1GiB', '1,5', '0x10', '--1', `1${'0'.repeat(500)}`])(
    '%j is no quantity',
    (text) => expect(canonical(text)).toBe(quantityFormatError),
  );

  it.each(['1KK', '1K', '1mi', '1ee5'])('%j has no known suffix', (text) =>
    expect(canonical(text)).toBe("unable to parse quantity's suffix"),
  );

  it('reads milli-CPUs and bytes, rounding up', () => {
    expect(quantityReader.milliCpu('1')).toBe(1000);
    expect(quantityReader.milliCpu('250m')).toBe(250);
    expect(quantityReader.milliCpu('0.0001')).toBe(1);
    expect(quantityReader.bytes('64Mi')).toBe(67_108_864);
    expect(quantityReader.bytes('1500m')).toBe(2);
    expect(() => quantityReader.bytes('much')).toThrow('quantity "much"');
  });

  it('the kept spelling means the same and stays', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E2');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), suffix, (n, s) => {
        const once = canonical(`${n}${s}`);
        expect(canonical(once)).toBe(once);
        expect(quantityReader.milliCpu(once)).toBe(quantityReader.milliCpu(`${n}${s}`));
      }),
    );
  });
});
