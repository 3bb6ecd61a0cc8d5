import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type BuiltImage, buildImage, type ImageRecipe } from './image-builder.js';

const places = ['/bin/busybox', '/usr/bin/busybox'];

/** A small userland made of this machine's own static busybox (Debian's `busybox-static`), a link per applet. */
export function busyboxImage(overrides: Partial<ImageRecipe> = {}): BuiltImage {
  const busybox = places.find(existsSync);
  if (!busybox) throw new Error('busybox was not found in /bin: install busybox-static');
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  return buildImage({
    cmd: ['sh'],
    ...overrides,
    files: [
      { path: 'bin/' },
      { path: 'etc/' },
      { path: 'root/', mode: 0o700 },
      { path: 'tmp/', mode: 0o1777 },
      { path: 'etc/passwd', content: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
      { path: 'etc/group', content: Buffer.from('root:x:0:\n') },
      { path: 'bin/busybox', content: readFileSync(busybox), mode: 0o755 },
      ...applets
        .filter((applet) => applet !== 'busybox')
        .map((applet) => ({ path: `bin/${applet}`, linkTo: 'busybox' })),
      ...(overrides.files ?? []),
    ],
  });
}
