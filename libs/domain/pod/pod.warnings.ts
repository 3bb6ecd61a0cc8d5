import type { PodManifest } from '#contracts/manifests/pod.manifest.js';

/** What Kubernetes lets in and warns of (`pkg/api/pod/warnings.go`). For defaulted pods. */
export const podWarnings = ({ spec }: PodManifest): string[] =>
  (spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
    name ? [] : [`spec.imagePullSecrets[${i}].name: invalid empty name ""`],
  );
