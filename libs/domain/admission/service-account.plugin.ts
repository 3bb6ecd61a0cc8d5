import type { AdmissionPlugin } from './admission-plugin.js';

/**
 * IMG-27: a pod runs as an account that exists, and takes its pull secrets over where it names none itself; the lists
 * are not merged (`plugin/pkg/admission/serviceaccount`, behaviour 6). That the account is `default` where none is named
 * is a default of pods.
 */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  forbid({ metadata, spec }, { serviceAccount: account, old }) {
    if (account || old) return undefined;
    const name = spec.serviceAccountName ?? '';
    return `error looking up service account ${metadata.namespace}/${name}: serviceaccount "${name}" not found`;
  },
  mutate(pod, { serviceAccount: account }) {
    const secrets = account?.content.imagePullSecrets;
    if (!secrets || (pod.spec.imagePullSecrets?.length ?? 0) > 0) return pod;
    return { ...pod, spec: { ...pod.spec, imagePullSecrets: secrets } };
  },
};
