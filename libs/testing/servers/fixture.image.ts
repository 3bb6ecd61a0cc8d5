import { busyboxImage } from '#host/embedded/busybox.image.js';
import type { BuiltImage } from '#host/embedded/image-builder.js';

/** What tests run: busybox under this name, and the vocabulary of `container-behaviour.ts` as real programs. */
export const fixtureImageName = 'docker.io/library/busybox:1.36';

const script = (path: string, text: string) => ({
  path,
  mode: 0o755,
  content: Buffer.from(`#!/bin/sh\n${text}\n`),
});

/** Same bytes on the same machine, so that a digest may be compared. */
export function fixtureImage(): BuiltImage {
  return busyboxImage({
    files: [
      script('bin/exit', 'sleep "$' + '{2:-0}"; exit "$1"'),
      script('bin/serve', `trap 'sleep "$` + `{1:-0}"; exit 0' TERM\nwhile :; do sleep 3600 & wait $!; done`),
      script('bin/oom', 'sleep "$' + '{1:-0}"; tail /dev/zero'),
    ],
  });
}
