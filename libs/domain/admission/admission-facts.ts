import type { ServiceAccountState } from '../service-account/service-account.state.js';

/** What plugins know of the world besides the pod; looked up before they run, so that they stay pure. */
export interface AdmissionFacts {
  /** The account that the pod names, of its own namespace; undefined when there is none. */
  serviceAccount?: ServiceAccountState;
}
