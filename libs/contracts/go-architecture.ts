/** Go's names of architectures, which images and Kubernetes use, where Node's are others. */
const names: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mips: 'mips64le',
};

/** `process.arch` in Go's words. */
export const goArchitecture = (arch: string): string => names[arch] ?? arch;
