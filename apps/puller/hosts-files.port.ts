/** Where the hosts files of this node's pods are: one a pod, which its containers have as `/etc/hosts`. */
export interface HostsFilesPort {
  /** Makes a pod's file where there is none, for `write` to be quicker. */
  prepare(podUid: string): Promise<void>;
  /** Writes a pod's file anew; resolves with its absolute path. */
  write(podUid: string, text: string): Promise<string>;
  /** Succeeds when there is none. */
  remove(podUid: string): Promise<void>;
}
