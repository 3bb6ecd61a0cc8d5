import type { ObjectMeta } from '../manifests/meta.manifest.js';
import type { ServiceAccountManifest } from '../manifests/service-account.manifest.js';
import type { Sealed } from '../ports/vault.port.js';
import type { RecordedEvent } from './event.js';

/** A Secret as it rests in the log. */
export interface SealedSecret {
  /** Without the annotation that `kubectl apply` writes: it holds the values, and is sealed with them. */
  metadata: ObjectMeta;
  type: string;
  immutable?: boolean;
  /** Names of the keys of `data`, and how many bytes each value has. */
  sizes: Record<string, number>;
  /** JSON of a `SecretContent`. */
  content: Sealed;
}

/** What is sealed of a Secret. */
export interface SecretContent {
  /** Base64 by key. */
  data: Record<string, string>;
  /** The value of the annotation `kubectl.kubernetes.io/last-applied-configuration`. */
  lastApplied?: string;
}

export interface SecretEventData {
  SecretCreated: { uid: string; secret: SealedSecret };
  SecretUpdated: { uid: string; secret: SealedSecret };
  SecretDeleted: { uid: string };
}
export type SecretEventType = keyof SecretEventData;
export type RecordedSecretEvent = {
  [T in SecretEventType]: RecordedEvent<T, SecretEventData[T]>;
}[SecretEventType];

export interface ServiceAccountEventData {
  ServiceAccountCreated: { uid: string; manifest: ServiceAccountManifest };
  ServiceAccountUpdated: { uid: string; manifest: ServiceAccountManifest };
  ServiceAccountDeleted: { uid: string };
}
export type ServiceAccountEventType = keyof ServiceAccountEventData;
export type RecordedServiceAccountEvent = {
  [T in ServiceAccountEventType]: RecordedEvent<T, ServiceAccountEventData[T]>;
}[ServiceAccountEventType];
