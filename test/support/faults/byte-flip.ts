import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderImage } from './folder-image.js';

/** Some bytes of a file that are changed. */
export interface ByteFlip {
  /** Within the folder. */
  path: string;
  at: number;
  /** What each byte is changed by, at least one bit. */
  masks: Buffer;
}

/** The files with most in them are hit more often; the others as often as each other. */
const WEIGHTS: Readonly<Record<string, number>> = { log: 6, mdb: 4 };
const RUN_BYTES_MAX = 8;

/** One changed byte, or a short run of them, anywhere in the files of a folder. */
export function randomFlip(image: FolderImage, random: () => number): ByteFlip {
  const files = [...image.files]
    .map(([path, bytes]) => [path, path.endsWith('.log') ? withoutRoom(bytes) : bytes] as const)
    .filter(([, bytes]) => bytes.length > 0);
  const drawn = files.flatMap((file) => Array.from({ length: weightOf(file[0]) }, () => file));
  const [path, bytes] = drawn[Math.floor(random() * drawn.length)] as readonly [string, Buffer];
  const run = random() < 0.7 ? 1 : 1 + Math.floor(random() * RUN_BYTES_MAX);
  const length = Math.min(run, bytes.length);
  const at = Math.floor(random() * (bytes.length - length + 1));
  const single = random() < 0.5;
  const mask = (): number => (single ? 1 << Math.floor(random() * 8) : 1 + Math.floor(random() * 255));
  return { path, at, masks: Buffer.from(Array.from({ length }, mask)) };
}

/** A segment without the zeros at its end, which mean nothing. */
export function withoutRoom(segment: Buffer): Buffer {
  let length = segment.length;
  while (length > 0 && segment[length - 1] === 0) length--;
  return segment.subarray(0, length);
}

/** Changes the file, also while a program has it open. */
export async function flip(folder: string, { path, at, masks }: ByteFlip): Promise<void> {
  const file = await open(join(folder, path), 'r+');
  const bytes = Buffer.alloc(masks.length);
  await file.read(bytes, 0, bytes.length, at);
  await file.write(
    Buffer.from(bytes.map((byte, index) => byte ^ (masks[index] as number))),
    0,
    bytes.length,
    at,
  );
  await file.close();
}

function weightOf(path: string): number {
  return (path.endsWith('data.mdb') ? WEIGHTS.mdb : path.endsWith('.log') ? WEIGHTS.log : undefined) ?? 1;
}
