/** One entry of a tar archive. A directory has a path that ends in `/`, a symbolic link a `linkTo`. */
export interface TarEntry {
  /** Relative, without a leading `/`; at most 100 bytes. */
  path: string;
  content?: Uint8Array;
  linkTo?: string;
  /** Permission bits; 0644 for files, 0755 for directories when absent. */
  mode?: number;
}

const blockBytes = 512;

/** A POSIX ustar archive, owned by root, dated 1970: equal entries give equal bytes. */
export function tar(entries: TarEntry[]): Buffer {
  const blocks: Uint8Array[] = [];
  for (const entry of entries) {
    const content = entry.content ?? new Uint8Array();
    blocks.push(header(entry, content.length), content);
    blocks.push(new Uint8Array((blockBytes - (content.length % blockBytes)) % blockBytes));
  }
  blocks.push(new Uint8Array(2 * blockBytes));
  return Buffer.concat(blocks);
}

function header({ path, linkTo, mode }: TarEntry, sizeBytes: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`the path is too long for a plain tar header: ${path}`);
  const block = Buffer.alloc(blockBytes);
  const directory = path.endsWith('/');
  const octal = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
  block.write(path, 0);
  octal(mode ?? (directory ? 0o755 : linkTo === undefined ? 0o644 : 0o777), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148);
  block.write(directory ? '5' : linkTo === undefined ? '0' : '2', 156);
  block.write(linkTo ?? '', 157);
  block.write('ustar\0' + '00', 257);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}
