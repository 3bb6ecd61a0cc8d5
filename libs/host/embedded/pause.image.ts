import { readFileSync } from 'node:fs';
import { type BuiltImage, buildImage } from './image-builder.js';

/** What holds a sandbox's namespaces open. Never pulled: made here, and known to the embedded containerd only. */
export const pauseImageName = 'podbus.local/pause:1';

/** A process that waits for ever, in machine code: pause(2) in a loop, ppoll(2) where the kernel has no pause. */
const machines: Record<string, { elf: number; code: number[] }> = {
  // mov eax, 34; syscall; jmp to the start
  x64: { elf: 62, code: [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  // mov x8, 73; mov x0…x4, 0; svc 0; b to the start
  arm64: {
    elf: 183,
    code: [
      0xd2800928, 0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd4000001, 0x17fffff9,
    ].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]),
  },
};

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
