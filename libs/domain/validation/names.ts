/** Answers what is wrong with a text, in Kubernetes's words (apimachinery's `util/validation`); empty when nothing is. */
export type TextRule = (text: string) => string[];

const regexText = (what: string, examples: string[], pattern: string): string =>
  `${what} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`;

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const namePattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const labelText = regexText(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  ['my-name', '123-abc'],
  labelPattern,
);
const subdomainText = regexText(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  ['example.com'],
  subdomainPattern,
);
const qualifiedText = regexText(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  ['MyName', 'my.name', '123-abc'],
  namePattern,
);
const labelValueText = regexText(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  ['MyValue', 'my_value', '12345'],
  `(${namePattern})?`,
);

const configKeyPattern = '[-._a-zA-Z0-9]+';
const configKeyText = regexText(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  ['key.name', 'KEY_NAME', 'key-name'],
  configKeyPattern,
);

const atMost = (max: number) => `must be no more than ${max} characters`;
// Lengths are checked first, so that no pattern meets a long text.
const rule =
  (max: number, pattern: RegExp, text: string): TextRule =>
  (value) => {
    if (value.length > max) return [atMost(max)];
    return pattern.test(value) ? [] : [text];
  };

export const dnsLabel = rule(63, new RegExp(`^${labelPattern}$`), labelText);
export const dnsSubdomain = rule(253, new RegExp(`^${subdomainPattern}$`), subdomainText);
export const labelValue = rule(63, new RegExp(`^(${namePattern})?$`), labelValueText);

const name = new RegExp(`^${namePattern}$`);

/** The key of a label, an annotation or a resource: `[prefix/]name`. */
export const qualifiedName: TextRule = (value) => {
  const slash = value.indexOf('/');
  const prefix = slash < 0 ? undefined : value.slice(0, slash);
  const part = value.slice(slash + 1);
  if (part.includes('/')) {
    return [
      `a qualified name ${qualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined) errors.push(...dnsSubdomain(prefix).map((text) => `prefix part ${text}`));
  if (part === '') errors.push('name part must be non-empty');
  else if (part.length > 63) errors.push(`name part ${atMost(63)}`);
  if (part.length <= 63 && !name.test(part)) errors.push(`name part ${qualifiedText}`);
  return errors;
};

const validConfigKey = new RegExp(`^${configKeyPattern}$`);

/** A key of a Secret's or ConfigMap's data; it becomes the name of a file. */
export const configKey: TextRule = (value) => {
  const errors: string[] = [];
  if (value.length > 253) errors.push(atMost(253));
  if (!validConfigKey.test(value)) errors.push(configKeyText);
  if (value === '.' || value === '..') errors.push(`must not be '${value}'`);
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
};

/** An environment variable's name, by the relaxed rule that is v1.32's default. */
export const envVarName: TextRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** The name of a port: an IANA service name. */
export const portName: TextRule = (value) => {
  const errors: string[] = [];
  if (value.length > 15) errors.push(atMost(15));
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

export const portNumber = (port: number): string[] =>
  port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
