import { type Parsed, parsedBy, type Requirement, SelectorError } from './requirement.js';

/** Fields that every object can be selected by; the namespace only where objects have one. */
const common = ['metadata.name', 'metadata.namespace'];

/**
 * A field selector: `a=b`, `a==b`, `a!=b`, joined by commas; `\,`, `\=` and `\\` stand for themselves; '' selects all.
 * `supported` are the resource's own fields, beside `metadata.name` and `metadata.namespace`; another one is an error.
 * Grammar and errors are those of apimachinery's `fields.ParseSelector` and of the field label conversions.
 */
export const parseFieldSelector = (text: string, supported: readonly string[]): Parsed =>
  parsedBy(() =>
    splitTerms(text)
      .filter((term) => term !== '')
      .map((term) => requirementOf(text, term, supported)),
  );

function requirementOf(text: string, term: string, supported: readonly string[]): Requirement {
  const parts = /^((?:\\.|[^\\=!]|!(?!=))*)(==|=|!=)(.*)$/s.exec(term);
  if (!parts) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
  const [, key = '', operator, escaped = ''] = parts;
  const value = unescaped(escaped);
  if (!common.includes(key) && !supported.includes(key))
    throw new SelectorError(`field label not supported: ${key}`);
  return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] };
}

/** At commas that no backslash stands before. */
const splitTerms = (text: string): string[] => text.match(/(?:\\.|[^\\,]|\\$)+/gs) ?? [];

function unescaped(value: string): string {
  return value.replace(/\\(.?)|([,=])/gs, (sequence, escaped?: string, bare?: string) => {
    if (bare) throw new SelectorError(`invalid field selector: unescaped character in value: ${value}`);
    if (!escaped || !'\\,='.includes(escaped))
      throw new SelectorError(`invalid field selector: invalid escape sequence: ${sequence}`);
    return escaped;
  });
}
