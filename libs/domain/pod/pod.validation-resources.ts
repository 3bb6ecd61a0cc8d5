import type { ResourceRequirements } from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import { parseQuantity } from '../scheduling/quantity.js';
import { causes } from '../validation/causes.js';
import { qualifiedName } from '../validation/names.js';
import { textCauses } from '../validation/object-meta.validation.js';

const honoured = ['cpu', 'memory', 'ephemeral-storage'];

/** Quantities that make sense, of resources that podbus hands out, and no request above its limit. */
export function validateResources(field: string, { limits = {}, requests = {} }: ResourceRequirements) {
  const found = validateAmounts(`${field}.limits`, limits);
  found.push(...validateAmounts(`${field}.requests`, requests));
  for (const [name, request] of Object.entries(requests)) {
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (limit === undefined || !exceeds(request, limit)) continue;
    const detail = `must be less than or equal to ${name} limit of ${limit}`;
    found.push(causes.invalid(`${field}.requests`, request, detail));
  }
  return found;
}

function validateAmounts(field: string, amounts: Record<string, string>): StatusCause[] {
  return Object.entries(amounts).flatMap(([name, text]) => {
    const path = `${field}[${name}]`;
    return [...validateName(path, name), ...validateAmount(path, text)];
  });
}

function validateName(path: string, name: string): StatusCause[] {
  const bad = textCauses(path, name, qualifiedName);
  if (bad.length > 0 || honoured.includes(name)) return bad;
  return name.includes('/') || name.startsWith('hugepages-')
    ? [causes.forbidden(path, 'podbus does not hand out this resource yet')]
    : [
        causes.invalid(path, name, 'must be a standard resource type or fully qualified'),
        causes.invalid(path, name, 'must be a standard resource for containers'),
      ];
}

function validateAmount(path: string, text: string): StatusCause[] {
  const parsed = parseQuantity(text);
  if ('error' in parsed) return [causes.invalid(path, text, parsed.error)];
  return parsed.quantity.nano < 0n ? [causes.invalid(path, text, 'must be greater than or equal to 0')] : [];
}

function exceeds(request: string, limit: string): boolean {
  const [a, b] = [parseQuantity(request), parseQuantity(limit)];
  return 'quantity' in a && 'quantity' in b && a.quantity.nano > b.quantity.nano;
}
