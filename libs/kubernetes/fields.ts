import type { NodeState } from '#domain/node/node.state.js';
import type { PodState } from '#domain/pod/pod.state.js';
import type { SecretState } from '#domain/secret/secret.state.js';
import type { EventState } from './render/event.state.js';

/** Values by field label; what field selectors are compared with. */
export type Fields = Record<string, string>;

/** The fields of a pod that can be selected on; Kubernetes's, as far as podbus has them. */
export const podFields = (pod: PodState): Fields => ({
  'metadata.name': pod.name,
  'metadata.namespace': pod.namespace,
  'spec.nodeName': pod.node ?? '',
  'spec.restartPolicy': pod.manifest.spec.restartPolicy,
  'spec.schedulerName': pod.manifest.spec.schedulerName ?? '',
  'spec.serviceAccountName': pod.manifest.spec.serviceAccountName ?? '',
  'spec.hostNetwork': 'false',
  'status.phase': pod.phase,
  'status.podIP': pod.sandbox?.ip ?? '',
  'status.nominatedNodeName': '',
});

export const nodeFields = (node: NodeState): Fields => ({
  'metadata.name': node.name,
  'spec.unschedulable': String(node.unschedulable),
});

export const namespaceFields = ({ name }: { name: string }): Fields => ({
  'metadata.name': name,
  'status.phase': 'Active',
});

export const secretFields = ({ name, namespace, content }: SecretState): Fields => ({
  'metadata.name': name,
  'metadata.namespace': namespace,
  type: content.type,
});

/** The fields of a kind that has none of its own. */
export const plainFields = ({ name, namespace }: { name: string; namespace: string }): Fields => ({
  'metadata.name': name,
  'metadata.namespace': namespace,
});

export const eventFields = (event: EventState): Fields => {
  const { component, involved } = event;
  return {
    'metadata.name': event.name,
    'metadata.namespace': event.namespace,
    'involvedObject.kind': involved.kind,
    'involvedObject.namespace': involved.namespace,
    'involvedObject.name': involved.name,
    'involvedObject.uid': involved.uid,
    'involvedObject.apiVersion': 'v1',
    'involvedObject.resourceVersion': involved.resourceVersion,
    'involvedObject.fieldPath': event.fieldPath ?? '',
    reason: event.reason,
    reportingComponent: component,
    source: component,
    type: event.type,
  };
};
