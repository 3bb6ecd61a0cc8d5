import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { ServiceAccountState } from '../service-account/service-account.state.js';

/** What plugins know of the world besides the pod that is wanted; looked up before they run, so that they stay pure. */
export interface AdmissionFacts extends LookedUpFacts {
  /** The pod as it was, of one that is changed. */
  old?: PodManifest;
}

/** Looked up for a pod that is created; of one that is changed, Kubernetes's rules on these have had their say. */
export interface LookedUpFacts {
  /** The account that the pod names, of its own namespace; undefined when there is none. */
  serviceAccount?: ServiceAccountState;
}
