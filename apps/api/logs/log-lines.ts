import type { FileHandle } from 'node:fs/promises';

const blockSize = 64 * 1024;
const newline = 0x0a;

/** Where the last `count` lines of the file begin; a line that is just being written counts when it has ended. */
export async function tailStart(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat();
  const block = Buffer.alloc(blockSize);
  let found = 0;
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - blockSize);
    const { bytesRead } = await file.read(block, 0, end - begin, begin);
    for (let i = bytesRead - 1; i >= 0; i--)
      if (block[i] === newline && found++ === count) return begin + i + 1;
    end = begin;
  }
  return 0;
}

/**
 * The lines of the file from `start` on, without their ends, in pieces. At the end of the file `more` is asked: true
 * reads on after what it waited for; false reads what is there by then, and ends.
 */
export async function* linesFrom(
  file: FileHandle,
  start: number,
  more: () => Promise<boolean>,
): AsyncGenerator<Buffer[]> {
  let position = start;
  let rest = Buffer.alloc(0);
  for (let isLast = false; ; ) {
    const block = Buffer.alloc(blockSize);
    const { bytesRead } = await file.read(block, 0, blockSize, position);
    position += bytesRead;
    if (bytesRead > 0) {
      const { lines, remainder } = split(Buffer.concat([rest, block.subarray(0, bytesRead)]));
      rest = remainder;
      if (lines.length > 0) yield lines;
    } else if (isLast) {
      if (rest.length > 0) yield [rest];
      return;
    } else isLast = !(await more());
  }
}

function split(bytes: Buffer<ArrayBuffer>): { lines: Buffer[]; remainder: Buffer<ArrayBuffer> } {
  const lines: Buffer[] = [];
  let begin = 0;
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, begin)) {
    lines.push(bytes.subarray(begin, end));
    begin = end + 1;
  }
  return { lines, remainder: bytes.subarray(begin) };
}
