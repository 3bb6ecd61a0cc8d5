import type { SecretManifest } from '#contracts/manifests/secret.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import { goKind, parseGoJson } from '../image/credentials/go-json.js';
import { causes } from '../validation/causes.js';
import { configKey } from '../validation/names.js';
import { textCauses, validateObjectMeta } from '../validation/object-meta.validation.js';
import { sizeOf } from './secret.content.js';

const maxSecretBytes = 1024 * 1024;
/** What stands in an error where a value would. */
const redacted = '<secret contents redacted>';

type Data = Readonly<Record<string, string>>;
type TypeRule = (data: Data) => StatusCause[];

/**
 * Everything that is wrong with a Secret, with Kubernetes v1.32's paths and texts (`pkg/apis/core/validation`, behaviour
 * 4.3); empty for a valid one. No message holds a value. For defaulted secrets.
 */
export function validateSecret({ metadata, type, data = {} }: SecretManifest): StatusCause[] {
  const total = Object.values(data).reduce((bytes, value) => bytes + sizeOf(value), 0);
  return [
    ...validateObjectMeta(metadata, { isNamespaced: true }),
    ...Object.keys(data).flatMap((key) => textCauses(`data[${key}]`, key, configKey)),
    ...(total > maxSecretBytes ? [causes.tooLong('data', maxSecretBytes)] : []),
    ...(typeRules.get(type)?.(data) ?? []),
  ];
}

/** Also that what must stay stays. */
export function validateSecretUpdate(secret: SecretManifest, current: SecretManifest): StatusCause[] {
  const found: StatusCause[] = [];
  if (secret.type !== current.type) found.push(causes.invalid('type', secret.type, 'field is immutable'));
  if (current.immutable) {
    const detail = 'field is immutable when `immutable` is set';
    if (!secret.immutable) found.push(causes.forbidden('immutable', detail));
    if (!isSameData(secret.data, current.data)) found.push(causes.forbidden('data', detail));
  }
  return [...found, ...validateSecret(secret)];
}

function isSameData(one: Data = {}, other: Data = {}): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && one[key] === other[key])
  );
}

const field = (key: string): string => `data[${key}]`;
const required = (data: Data, key: string): StatusCause[] =>
  Object.hasOwn(data, key) ? [] : [causes.required(field(key))];

/** What the types of Kubernetes ask for; any other type may hold anything. */
const typeRules = new Map<string, TypeRule>([
  ['kubernetes.io/dockercfg', (data) => jsonUnder('.dockercfg', data)],
  ['kubernetes.io/dockerconfigjson', (data) => jsonUnder('.dockerconfigjson', data)],
  [
    'kubernetes.io/basic-auth',
    (data) =>
      Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password')
        ? []
        : [...required(data, 'username'), ...required(data, 'password')],
  ],
  [
    'kubernetes.io/ssh-auth',
    (data) => (data['ssh-privatekey'] ? [] : [causes.required(field('ssh-privatekey'))]),
  ],
  ['kubernetes.io/tls', (data) => [...required(data, 'tls.crt'), ...required(data, 'tls.key')]],
  [
    'kubernetes.io/service-account-token',
    () => [causes.forbidden('type', 'podbus does not issue service account tokens yet')],
  ],
]);

/** A JSON object, as far as Go's decoder is content; `null` is one too. */
function jsonUnder(key: string, data: Data): StatusCause[] {
  if (!Object.hasOwn(data, key)) return [causes.required(field(key))];
  const parsed = parseGoJson(textOf(data[key] ?? ''));
  if ('error' in parsed) return [causes.invalid(field(key), redacted, parsed.error)];
  const kind = goKind(parsed.value);
  if (kind === 'object' || kind === 'null') return [];
  const detail = `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  return [causes.invalid(field(key), redacted, detail)];
}

const textOf = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
