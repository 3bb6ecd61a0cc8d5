import type { CatalogueOf } from './catalogue.types.js';
import type { SecretEventData, ServiceAccountEventData } from './config.events.js';

const uid = 'Identity of the object.';
const secret =
  'Metadata, type, `immutable`, the sizes of its values in bytes by key, and its content: data and the annotation of `kubectl apply`, sealed with AES-256-GCM under a key of its own.';
const manifest = 'The account as it is from here on.';

export const secretCatalogue: CatalogueOf<SecretEventData> = {
  SecretCreated: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'A secret was made.',
    fields: { uid, secret },
  },
  SecretUpdated: { schemaVersion: 1, summary: 'A secret was changed.', fields: { uid, secret } },
  SecretDeleted: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'A secret was deleted; its key is shredded, and nothing reads its past values any more.',
    fields: { uid },
  },
};

export const serviceAccountCatalogue: CatalogueOf<ServiceAccountEventData> = {
  ServiceAccountCreated: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'A service account was made.',
    fields: { uid, manifest },
  },
  ServiceAccountUpdated: {
    schemaVersion: 1,
    summary: 'A service account was changed.',
    fields: { uid, manifest },
  },
  ServiceAccountDeleted: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'A service account was deleted.',
    fields: { uid },
  },
};
