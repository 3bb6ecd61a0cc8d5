/** One condition of a label or field selector, in the words of apimachinery's `labels.Requirement`. */
export interface Requirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values: string[];
}

/** All requirements must hold; or Kubernetes's words of why the text is no selector (a 400 BadRequest). */
export type Parsed = { requirements: Requirement[] } | { error: string };

/** Ends a parse; caught in the two `parse…Selector` functions and nowhere else. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** Runs a parser that gives up with SelectorError. */
export function parsedBy(parse: () => Requirement[]): Parsed {
  try {
    return { requirements: parse() };
  } catch (error) {
    if (error instanceof SelectorError) return { error: error.message };
    throw error;
  }
}
