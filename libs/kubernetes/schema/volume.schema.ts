import { objectFieldRef, resourceFieldRef } from './container.schema.js';
import { objectMeta } from './meta.schema.js';
import { labelSelector } from './placement.schema.js';
import { any, bool, int32, int64, list, map, quantity, string, struct, type Type } from './schema.types.js';

const secretRef = struct('LocalObjectReference', { name: string });
const items = list(struct('KeyToPath', { key: string, path: string, mode: int32 }));
const downwardItems = list(
  struct('DownwardAPIVolumeFile', { path: string, fieldRef: objectFieldRef, resourceFieldRef, mode: int32 }),
);

const projection = struct('VolumeProjection', {
  secret: struct('SecretProjection', { name: string, items, optional: bool }),
  downwardAPI: struct('DownwardAPIProjection', { items: downwardItems }),
  configMap: struct('ConfigMapProjection', { name: string, items, optional: bool }),
  serviceAccountToken: struct('ServiceAccountTokenProjection', {
    audience: string,
    expirationSeconds: int64,
    path: string,
  }),
  clusterTrustBundle: struct('ClusterTrustBundleProjection', {
    name: string,
    signerName: string,
    labelSelector,
    optional: bool,
    path: string,
  }),
});

const claim = struct('PersistentVolumeClaimTemplate', {
  metadata: objectMeta,
  spec: struct('PersistentVolumeClaimSpec', {
    accessModes: list(string),
    selector: labelSelector,
    resources: struct('VolumeResourceRequirements', { limits: map(quantity), requests: map(quantity) }),
    volumeName: string,
    storageClassName: string,
    volumeMode: string,
    dataSource: struct('TypedLocalObjectReference', { apiGroup: string, kind: string, name: string }),
    dataSourceRef: struct('TypedObjectReference', {
      apiGroup: string,
      kind: string,
      name: string,
      namespace: string,
    }),
    volumeAttributesClassName: string,
  }),
});

const localSources: Record<string, Type> = {
  hostPath: struct('HostPathVolumeSource', { path: string, type: string }),
  emptyDir: struct('EmptyDirVolumeSource', { medium: string, sizeLimit: quantity }),
  secret: struct('SecretVolumeSource', { secretName: string, items, defaultMode: int32, optional: bool }),
  configMap: struct('ConfigMapVolumeSource', { name: string, items, defaultMode: int32, optional: bool }),
  downwardAPI: struct('DownwardAPIVolumeSource', { items: downwardItems, defaultMode: int32 }),
  projected: struct('ProjectedVolumeSource', { sources: list(projection), defaultMode: int32 }),
  image: struct('ImageVolumeSource', { reference: string, pullPolicy: string }),
  persistentVolumeClaim: struct('PersistentVolumeClaimVolumeSource', { claimName: string, readOnly: bool }),
  ephemeral: struct('EphemeralVolumeSource', { volumeClaimTemplate: claim }),
  csi: struct('CSIVolumeSource', {
    driver: string,
    readOnly: bool,
    fsType: string,
    volumeAttributes: map(string),
    nodePublishSecretRef: secretRef,
  }),
};

/** Network and cloud volumes: known by name, not looked into. */
const remoteSources = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
];

/** `core/v1` Volume of v1.32. */
export const volume = struct('Volume', {
  name: string,
  ...localSources,
  ...Object.fromEntries(remoteSources.map((source) => [source, any])),
});
