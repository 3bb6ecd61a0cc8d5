import { type Parsed, type Requirement } from './selectors/requirement.js';

export { parseFieldSelector } from './selectors/field-selector.js';
export { parseLabelSelector } from './selectors/label-selector.js';
export type { Parsed, Requirement };

/** Whether the values meet all requirements; a field that an object does not have is the empty string. */
export const matchesFields = (
  requirements: readonly Requirement[],
  fields: Readonly<Record<string, string>>,
): boolean => requirements.every((one) => meets(one, fields[one.key] ?? ''));

export const matchesLabels = (
  requirements: readonly Requirement[],
  labels: Readonly<Record<string, string>>,
): boolean =>
  requirements.every((one) => meets(one, Object.hasOwn(labels, one.key) ? labels[one.key] : undefined));

/** A label that is missing is "not in" any set (apimachinery `labels.Requirement.Matches`). */
function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
  }
}
