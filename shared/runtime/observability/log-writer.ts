import { fstatSync, write, writeSync } from 'node:fs';

/** What may wait for a slow reader, in characters; lines beyond it are dropped. */
const WAITING_CHARACTERS_MAX = 1024 * 1024;
/** What is written at once, in bytes: a pipe takes so much whole or not at all, so lines of two threads don't mix. */
const CHUNK_BYTES_MAX = 4096;
/** How long to wait before a full pipe is tried again. */
const RETRY_MS = 20;
/** How long the end of the process waits for whoever reads the log. */
const FLUSH_MS_MAX = 500;

/** What is said when nothing more fits in now. */
const FULL = new Set(['EAGAIN', 'EWOULDBLOCK']);

/**
 * Writes lines to a file descriptor without ever waiting for it: what can't be written yet is kept, up to a limit, and
 * beyond that it is dropped and counted. A pipe is written to as far as it takes (Node has made it non-blocking as soon as
 * `process.stdout` was used), so a crash loses no line that a reader had room for; a file is written to by another thread.
 */
export class LogWriter {
  private lines: string[] = [];
  private waitingCharacters = 0;
  /** What is being written. */
  private chunk: Uint8Array = Buffer.alloc(0);
  /** The lines that are lost with it. */
  private chunkLines = 0;
  private isBusy = false;
  private isGone = false;
  private dropped = 0;
  private readonly takesWhatFits: boolean;

  /** @param droppedLine Makes the line that says how many were dropped. */
  constructor(
    private readonly handle: number,
    private readonly droppedLine: (count: number) => string,
  ) {
    this.takesWhatFits = isPipe(handle);
    process.once('exit', () => this.flush());
  }

  /** Writes a line, which ends with its line feed, as soon as it can be. */
  write(line: string): void {
    if (this.isGone) return;
    if (this.waitingCharacters + line.length > WAITING_CHARACTERS_MAX) {
      this.dropped++;
      return;
    }
    this.lines.push(line);
    this.waitingCharacters += line.length;
    this.pump();
  }

  /** Writes what is left before the process ends, as far as whoever reads it takes it. */
  private flush(): void {
    // What another thread is writing is written by it.
    if (this.isBusy && !this.takesWhatFits) this.chunk = Buffer.alloc(0);
    this.isBusy = false;
    const deadlineMs = performance.now() + FLUSH_MS_MAX;
    while (this.next() && performance.now() < deadlineMs) {
      try {
        this.wrote(writeSync(this.handle, this.chunk));
      } catch (error) {
        if (!FULL.has(codeOf(error))) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  private pump(): void {
    while (!this.isBusy && this.next()) {
      if (this.takesWhatFits) {
        try {
          this.wrote(writeSync(this.handle, this.chunk));
        } catch (error) {
          this.failed(codeOf(error));
        }
        continue;
      }
      this.isBusy = true;
      write(this.handle, this.chunk, (error, bytes) => {
        this.isBusy = false;
        if (error === null) this.wrote(bytes);
        else this.failed(codeOf(error));
        this.pump();
      });
    }
  }

  /** Whether there is something to write. */
  private next(): boolean {
    if (this.isGone) return false;
    if (this.chunk.length > 0) return true;
    if (this.lines.length > 0) {
      this.take();
      return true;
    }
    if (this.dropped === 0) return false;
    this.chunk = Buffer.from(this.droppedLine(this.dropped));
    this.chunkLines = this.dropped;
    this.dropped = 0;
    return true;
  }

  private take(): void {
    const taken: Buffer[] = [];
    let bytes = 0;
    for (const line of this.lines) {
      const encoded = Buffer.from(line);
      if (taken.length > 0 && bytes + encoded.length > CHUNK_BYTES_MAX) break;
      taken.push(encoded);
      bytes += encoded.length;
      this.waitingCharacters -= line.length;
    }
    this.lines.splice(0, taken.length);
    this.chunk = Buffer.concat(taken);
    this.chunkLines = taken.length;
  }

  private wrote(bytes: number): void {
    this.chunk = this.chunk.subarray(bytes);
  }

  private failed(code: string): void {
    if (code === 'EPIPE') {
      // Nobody will read any of it.
      this.isGone = true;
      this.lines = [];
      return;
    }
    if (!FULL.has(code)) {
      // A full disk, for instance: later lines may find room.
      this.dropped += this.chunkLines;
      this.chunk = Buffer.alloc(0);
    }
    this.isBusy = true;
    setTimeout(() => {
      this.isBusy = false;
      this.pump();
    }, RETRY_MS).unref();
  }
}

function isPipe(handle: number): boolean {
  const stat = fstatSync(handle);
  return stat.isFIFO() || stat.isSocket();
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
