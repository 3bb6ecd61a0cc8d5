/** Where Docker's own images really live. */
const dockerHub = 'registry-1.docker.io';

/**
 * The address of a registry's API by the host in an image's name. Loopback is spoken to in the clear, as containerd does:
 * `localhost`, 127.0.0.0/8 and ::1; everything else has TLS.
 */
export function registryUrl(host: string): string {
  if (host === 'docker.io') return `https://${dockerHub}`;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const isLoopback = name === 'localhost' || /^127(\.\d+){3}$/.test(name) || name === '[::1]';
  return `${isLoopback ? 'http' : 'https'}://${host}`;
}
