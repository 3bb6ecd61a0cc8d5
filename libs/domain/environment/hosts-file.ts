import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import { hostnameOf } from './hostname.js';

const everywhere = [
  '# Kubernetes-managed hosts file.',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** `/etc/hosts` of the pod's containers as a kubelet writes it, so that a pod finds itself by name (behaviour 8.6). */
export function hostsFileOf(manifest: PodManifest, ips: readonly string[]): string {
  const own = ips.map((ip) => `${ip}\t${hostnameOf(manifest)}`);
  return [...everywhere, ...own, ''].join('\n');
}
