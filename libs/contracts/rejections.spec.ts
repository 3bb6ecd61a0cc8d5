import { describe, expect, it } from '@jest/globals';
import { rejections } from './rejections.js';

describe('rejections', () => {
  const cause = (field: string) => ({ field, reason: 'FieldValueRequired', message: 'Required value' });

  it('one cause stands as it is, several in brackets, repeats once', () => {
    expect(rejections.invalid('Pod', 'x', [cause('a')])).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Pod "x" is invalid: a: Required value',
      reason: 'Invalid',
      details: { name: 'x', kind: 'Pod', causes: [cause('a')] },
      code: 422,
    });
    expect(rejections.invalid('Pod', 'x', [cause('a'), cause('b'), cause('a')]).message).toBe(
      'Pod "x" is invalid: [a: Required value, b: Required value]',
    );
  });
});
