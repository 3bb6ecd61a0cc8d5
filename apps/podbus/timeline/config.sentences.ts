import type {
  SecretEventData,
  SecretEventType,
  ServiceAccountEventData,
  ServiceAccountEventType,
} from '#contracts/events/config.events.js';

type Sentences = { [T in SecretEventType]: (data: SecretEventData[T]) => string } & {
  [T in ServiceAccountEventType]: (data: ServiceAccountEventData[T]) => string;
};

const keysOf = ({ secret }: SecretEventData['SecretCreated']): string =>
  `${secret.type}: ${Object.entries(secret.sizes)
    .map(([key, bytes]) => `${key} (${bytes} bytes)`)
    .join(', ')}`;
const pullSecretsOf = ({ manifest }: ServiceAccountEventData['ServiceAccountCreated']): string =>
  (manifest.imagePullSecrets ?? []).map(({ name }) => `, pulls with ${name}`).join('');

/** What each event of a secret or a service account says to a person; of a secret never a value. */
export const configSentences: Sentences = {
  SecretCreated: (data) => `created: ${keysOf(data)}`,
  SecretUpdated: (data) => `changed: ${keysOf(data)}`,
  SecretDeleted: () => 'deleted, and its key shredded',
  ServiceAccountCreated: (data) => `created${pullSecretsOf(data)}`,
  ServiceAccountUpdated: (data) => `changed${pullSecretsOf(data)}`,
  ServiceAccountDeleted: () => 'deleted',
};
