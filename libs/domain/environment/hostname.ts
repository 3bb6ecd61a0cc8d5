import type { PodManifest } from '#contracts/manifests/pod.manifest.js';

const maxHostname = 63;

/** The pod's hostname: `spec.hostname`, else its name, cut to 63 characters without a trailing `-` or `.` (8.5). */
export function hostnameOf(manifest: PodManifest): string {
  const name = manifest.spec.hostname || manifest.metadata.name;
  return name.length <= maxHostname ? name : name.slice(0, maxHostname).replace(/[-.]+$/, '');
}
