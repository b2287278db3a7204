import { open, type FileHandle } from 'node:fs/promises';
import type { SealOutlet } from '../../core/ports/seal-outlet.js';

/** So much of the file's end is read: many times the largest note. */
const TAIL_BYTES = 128 * 1024;

/** How a note ends that stands in the file as a whole, in Latin-1: with a line of signature (`— …`) and an empty line. */
const NOTE_END = /^\u00e2\u0080\u0094 .+\n\n/gm;

/** Appends seals to a file, each followed by an empty line, and synced. */
export class FileSealOutlet implements SealOutlet {
  readonly name: string;

  constructor(private readonly path: string) {
    this.name = `the file ${path}`;
  }

  async last(): Promise<string | undefined> {
    const file = await open(this.path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    try {
      return file && (await tailOf(file)).last;
    } finally {
      await file?.close();
    }
  }

  async leave(note: string): Promise<void> {
    const file = await open(this.path, 'a+', 0o644);
    try {
      const { last, wholeBytes } = await tailOf(file);
      if (last === note) return;
      // What a crash has left of a note would be taken for a part of the next one.
      await file.truncate(wholeBytes);
      await file.appendFile(`${note}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** The last whole note of a file, and how many bytes it has up to its end. */
async function tailOf(file: FileHandle): Promise<{ last: string | undefined; wholeBytes: number }> {
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  // In Latin-1 each byte is a character, so that places in the text are those in the file.
  const text = buffer.subarray(0, bytesRead).toString('latin1');
  const ends = Array.from(text.matchAll(NOTE_END), (match) => match.index + match[0].length);
  const wholeEnd = ends.at(-1) ?? 0;
  if (wholeEnd === 0 && start > 0) throw new Error(`There is no seal at the end of the file`);
  if (wholeEnd === 0) return { last: undefined, wholeBytes: 0 };
  const whole = Buffer.from(text.slice(ends.at(-2) ?? 0, wholeEnd - 1), 'latin1').toString('utf8');
  return { last: whole, wholeBytes: start + wholeEnd };
}
