import type { Kind } from '#contracts/events/event.js';
import type { CommandKind } from '#contracts/subjects.js';
import { namespaceSchema } from './schema/namespace.schema.js';
import { podSchema } from './schema/pod.schema.js';
import type { Struct } from './schema/schema.types.js';

/** A kind of object as the REST API serves it. */
export interface Resource {
  /** `''` is the core group. */
  group: string;
  version: string;
  plural: string;
  singular: string;
  /** `Pod` */
  objectKind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  /** The column `kind` of the table `objects`; also names its table shape. */
  row: 'pod' | 'node' | 'namespace' | 'event';
  /** The streams whose events make such objects. */
  streams: readonly Kind[];
  /** Fields, beside `metadata.name` and `metadata.namespace`, that a field selector may name. */
  fields: readonly string[];
  /** The kind of its commands, the ones that REST offers, and their manifest; without it the resource is read-only. */
  command?: { kind: CommandKind; verbs: readonly ('create' | 'delete')[]; schema: Struct };
}

const core = { group: '', version: 'v1' };

/** Everything that the REST API serves, in one list: routes, selectors, discovery and OpenAPI follow from it. */
export const resources: readonly Resource[] = [
  {
    ...core,
    plural: 'events',
    singular: 'event',
    objectKind: 'Event',
    namespaced: true,
    shortNames: ['ev'],
    categories: [],
    row: 'event',
    streams: ['pod', 'node'],
    fields: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  },
  {
    ...core,
    plural: 'namespaces',
    singular: 'namespace',
    objectKind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    categories: [],
    row: 'namespace',
    streams: ['namespace'],
    fields: ['status.phase'],
    command: { kind: 'namespace', verbs: ['create'], schema: namespaceSchema },
  },
  {
    ...core,
    plural: 'nodes',
    singular: 'node',
    objectKind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    categories: [],
    row: 'node',
    streams: ['node'],
    fields: ['spec.unschedulable'],
  },
  {
    ...core,
    plural: 'pods',
    singular: 'pod',
    objectKind: 'Pod',
    namespaced: true,
    shortNames: ['po'],
    categories: ['all'],
    row: 'pod',
    streams: ['pod'],
    fields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.podIPs',
      'status.nominatedNodeName',
    ],
    command: { kind: 'pod', verbs: ['create', 'delete'], schema: podSchema },
  },
];

/** `v1`, or `<group>/<version>`. */
export const apiVersionOf = ({ group, version }: Pick<Resource, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

/** What REST offers for it, sorted as Kubernetes sorts them. */
export const verbsOf = ({ command }: Pick<Resource, 'command'>): string[] =>
  ['get', 'list', 'watch', ...(command?.verbs ?? [])].sort();
