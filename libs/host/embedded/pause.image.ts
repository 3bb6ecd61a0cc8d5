import { readFileSync } from 'node:fs';
import { type BuiltImage, buildImage } from './image-builder.js';

/** What holds a sandbox's namespaces open. Never pulled: made here, and known to the embedded containerd only. */
export const pauseImageName = 'podbus.local/pause:1';

/**
 * A process that waits for a stop signal and ends with 0, in machine code. As the first process of its pod it would
 * never get a signal that it neither handles nor blocks: so SIGINT and SIGTERM are blocked, and waited for.
 */
const machines: Record<string, { elf: number; code: number[] }> = {
  x64: {
    elf: 62,
    code: [
      [0x68, 0x02, 0x40, 0, 0], // push SIGINT | SIGTERM
      [0x48, 0x89, 0xe6, 0x31, 0xff, 0x31, 0xd2], // mov rsi, rsp; xor edi, edi; xor edx, edx
      [0x41, 0xba, 8, 0, 0, 0], // mov r10d, 8
      [0xb8, 14, 0, 0, 0, 0x0f, 0x05], // rt_sigprocmask(SIG_BLOCK, &set, 0, 8)
      [0x48, 0x89, 0xe7, 0x31, 0xf6, 0x31, 0xd2], // again: mov rdi, rsp; xor esi, esi; xor edx, edx
      [0xb8, 128, 0, 0, 0, 0x0f, 0x05], // rt_sigtimedwait(&set, 0, 0, 8)
      [0x85, 0xc0, 0x78, 0xee], // test eax, eax; js again
      [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05], // exit(0)
    ].flat(),
  },
  arm64: {
    elf: 183,
    code: words(
      [0xd10043ff, 0xd2880040, 0xf90003e0], // sub sp, sp, 16; mov x0, SIGINT | SIGTERM; str x0, [sp]
      [0xd2800000, 0x910003e1, 0xd2800002, 0xd2800103], // mov x0, 0; mov x1, sp; mov x2, 0; mov x3, 8
      [0xd28010e8, 0xd4000001], // rt_sigprocmask(SIG_BLOCK, &set, 0, 8)
      [0x910003e0, 0xd2800001, 0xd2800002], // again: mov x0, sp; mov x1, 0; mov x2, 0
      [0xd2801128, 0xd4000001], // rt_sigtimedwait(&set, 0, 0, 8)
      [0xb7ffff60], // tbnz x0, 63, again
      [0xd2800000, 0xd2800ba8, 0xd4000001], // exit(0)
    ),
  },
};

/** Instructions as little-endian bytes. */
function words(...lines: number[][]): number[] {
  return lines
    .flat()
    .flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]);
}

/** On other machines busybox (statically linked) sleeps instead. */
export function pauseImage(arch: string = process.arch): BuiltImage {
  const machine = machines[arch];
  if (machine)
    return buildImage({
      files: [{ path: 'pause', content: elf(machine.elf, machine.code), mode: 0o755 }],
      entrypoint: ['/pause'],
    });
  return buildImage({
    files: [{ path: 'busybox', content: readFileSync('/bin/busybox'), mode: 0o755 }],
    entrypoint: ['/busybox', 'sleep', '2147483647'],
  });
}

/** The smallest ELF64 executable: its header, one loadable segment, the code. */
function elf(machine: number, code: number[]): Buffer {
  const headerBytes = 64;
  const programHeaderBytes = 56;
  const codeOffset = headerBytes + programHeaderBytes;
  const base = 0x400000n;
  const file = Buffer.alloc(codeOffset + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16); // an executable at a fixed address
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(base + BigInt(codeOffset), 24);
  file.writeBigUInt64LE(BigInt(headerBytes), 32);
  file.writeUInt16LE(headerBytes, 52);
  file.writeUInt16LE(programHeaderBytes, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt16LE(64, 58);

  file.writeUInt32LE(1, headerBytes); // PT_LOAD
  file.writeUInt32LE(5, headerBytes + 4); // readable, executable
  file.writeBigUInt64LE(base, headerBytes + 16);
  file.writeBigUInt64LE(base, headerBytes + 24);
  file.writeBigUInt64LE(BigInt(file.length), headerBytes + 32);
  file.writeBigUInt64LE(BigInt(file.length), headerBytes + 40);
  file.writeBigUInt64LE(0x10000n, headerBytes + 48);
  file.set(code, codeOffset);
  return file;
}
