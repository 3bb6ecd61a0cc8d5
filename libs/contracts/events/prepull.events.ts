import type { CredentialAttempt } from '../registry-credential.js';
import type { NewEvent, RecordedEvent } from './event.js';
import type { ImageFailureReason } from './pod.events.js';

export type PrepullPolicy = 'Always' | 'IfNotPresent';

interface OfPrepull {
  uid: string;
}
interface OfNode extends OfPrepull {
  node: string;
}

export interface PrepullEventData {
  /** The intent: every node that is named owes an outcome. */
  ImagePrepullRequested: OfPrepull & {
    image: string;
    policy: PrepullPolicy;
    namespace: string;
    imagePullSecrets: { name: string }[];
    nodeSelector: string;
    nodes: string[];
  };
  NodeImagePrepulled: OfNode & {
    imageId: string;
    imageRef: string;
    sizeBytes: number;
    pullMs: number;
    attempts: CredentialAttempt[];
  };
  NodeImagePrepullFailed: OfNode & {
    reason: ImageFailureReason;
    message: string;
    retryAt?: string;
    attempts: CredentialAttempt[];
  };
  ImagePrepullFinished: OfPrepull & { succeeded: number; failed: number };
}
export type PrepullEventType = keyof PrepullEventData;
export type PrepullEvent = { [T in PrepullEventType]: NewEvent<T, PrepullEventData[T]> }[PrepullEventType];
export type RecordedPrepullEvent = {
  [T in PrepullEventType]: RecordedEvent<T, PrepullEventData[T]>;
}[PrepullEventType];
