import { SelectorError } from './requirement.js';

const namePattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const valuePattern = `(${namePattern})?`;
const prefixPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const whole = (pattern: string) => new RegExp(`^${pattern}$`);
const isName = whole(namePattern);
const isValue = whole(valuePattern);
const isPrefix = whole(prefixPattern);

const characters =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const nameRule = `must ${characters} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${namePattern}')`;
const valueRule = `a valid label must be an empty string or ${characters} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${valuePattern}')`;
const prefixRule = `prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${prefixPattern}')`;

/** Refuses what is no label key (`validation.IsQualifiedName`). */
export function requireLabelKey(key: string): void {
  const problems = keyProblems(key);
  if (problems.length > 0) throw invalid('<nil>', key, problems.join('; '));
}

/** Refuses what is no label value (`validation.IsValidLabelValue`). */
export function requireLabelValue(key: string, value: string, index: number): void {
  const problems = [
    ...(value.length > 63 ? ['must be no more than 63 characters'] : []),
    ...(isValue.test(value) ? [] : [valueRule]),
  ];
  if (problems.length > 0) throw invalid(`values[${index}][${key}]`, value, problems.join('; '));
}

function keyProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${nameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [...(prefix === undefined ? [] : prefixProblems(prefix)), ...nameProblems(name)];
}

function prefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  const tooLong = prefix.length > 253 ? ['prefix part must be no more than 253 characters'] : [];
  return [...tooLong, ...(isPrefix.test(prefix) ? [] : [prefixRule])];
}

function nameProblems(name: string): string[] {
  const problems: string[] = [];
  if (name === '') problems.push('name part must be non-empty');
  if (name.length > 63) problems.push('name part must be no more than 63 characters');
  if (!isName.test(name)) problems.push(`name part ${nameRule}`);
  return problems;
}

const invalid = (path: string, value: string, detail: string): SelectorError =>
  new SelectorError(
    `unable to parse requirement: ${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`,
  );
