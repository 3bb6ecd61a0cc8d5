/** Where the runtime writes the logs of containers: `<pod directory>/<container>/<instance>.log`, in the CRI format. */
export interface PodLogsPort {
  /** Absolute path of the pod's directory: `<root>/<namespace>_<name>_<uid>`, as a kubelet names it. */
  directoryOf(pod: { namespace: string; name: string; uid: string }): string;
  /** Makes the directory, which the runtime expects. */
  prepare(directory: string, containers: string[]): Promise<void>;
  /** Removes the logs of a container's instances before this one. Succeeds when there is nothing. */
  removeBefore(directory: string, container: string, instance: number): Promise<void>;
  /** Succeeds when there is nothing. */
  remove(directory: string): Promise<void>;
}
