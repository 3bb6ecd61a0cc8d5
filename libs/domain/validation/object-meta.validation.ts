import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import { causes } from './causes.js';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName, type TextRule } from './names.js';

const maxAnnotationBytes = 256 * 1024;

/** One cause for each thing that is wrong with a text. */
export const textCauses = (field: string, value: string, rule: TextRule): StatusCause[] =>
  rule(value).map((detail) => causes.invalid(field, value, detail));

/** Labels and node selectors alike. */
export function validateLabels(field: string, labels: Record<string, string> = {}): StatusCause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...textCauses(field, key, qualifiedName),
    ...textCauses(field, value, labelValue),
  ]);
}

function validateAnnotations(field: string, annotations: Record<string, string> = {}): StatusCause[] {
  const found: StatusCause[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const detail of qualifiedName(key.toLowerCase())) found.push(causes.invalid(field, key, detail));
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > maxAnnotationBytes) found.push(causes.tooLong(field, maxAnnotationBytes));
  return found;
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate pair is two units and four bytes.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) bytes += 2;
    else if (unit > 0x7f) bytes += 1;
  }
  return bytes;
}

/** `nameRule` is the kind's own: most names are DNS subdomains, a namespace's is a label. */
export function validateObjectMeta(
  { name, generateName, namespace, labels, annotations }: ObjectMeta,
  { isNamespaced, nameRule = dnsSubdomain }: { isNamespaced: boolean; nameRule?: TextRule },
): StatusCause[] {
  const found: StatusCause[] = [];
  // A prefix may end in a hyphen, since something follows it.
  const prefixRule: TextRule = (prefix) => nameRule(prefix.replace(/-$/, 'a'));
  if (generateName) found.push(...textCauses('metadata.generateName', generateName, prefixRule));
  if (name === '') found.push(causes.required('metadata.name', 'name or generateName is required'));
  else found.push(...textCauses('metadata.name', name, nameRule));
  if (isNamespaced) {
    if (!namespace) found.push(causes.required('metadata.namespace'));
    else found.push(...textCauses('metadata.namespace', namespace, dnsLabel));
  }
  found.push(...validateLabels('metadata.labels', labels));
  found.push(...validateAnnotations('metadata.annotations', annotations));
  return found;
}
