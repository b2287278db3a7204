import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';

/** An open file of the log. */
export interface LogFile {
  /** Its size in bytes. */
  size(): number;
  /** What tells it from a copy of it, on the same machine: its inode. */
  inode(): bigint;
  /** Reads into the whole buffer; answers how many bytes there were. */
  read(target: Buffer, at: number): number;
  /**
   * Writes the bytes and waits until they are on disk.
   *
   * @param here Whether the thread waits as well: that takes half as long where it has nothing else to do, since to hand the
   * write to another thread and to be woken by it costs as much as the write.
   */
  writeDurably(bytes: Buffer, at: number, here?: boolean): Promise<void>;
  /** Writes the bytes, which a crash of the machine may take back. */
  write(bytes: Buffer, at: number): void;
  /** Cuts it off and waits until that is on disk. */
  truncate(size: number): void;
  /** Waits until all of it is on disk. */
  sync(): void;
  close(): void;
}

/**
 * What the log asks of a file system, so that tests can have one that fails, or loses power, at any moment. Every method
 * throws what the system says.
 */
export interface LogFiles {
  /** The names of the files in a folder. */
  list(folder: string): string[];
  /** Opens a file: to be read; to be read and written; to be made, where there must be none. */
  open(path: string, how: 'read' | 'write' | 'create'): LogFile;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Waits until a folder's entries are on disk. */
  syncFolder(folder: string): void;
}

/** The file system of the machine. */
export const nodeLogFiles: LogFiles = {
  list: (folder) => readdirSync(folder),
  open: (path, how) => new NodeLogFile(path, how),
  rename: renameSync,
  remove: unlinkSync,
  syncFolder(folder) {
    // Windows has no such thing.
    if (process.platform === 'win32') return;
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
};

class NodeLogFile implements LogFile {
  readonly #handle: number;
  /** Each write to it is on disk when it answers: one call where a write and a sync would be two. */
  #durableHandle: number | undefined;

  constructor(
    private readonly path: string,
    how: 'read' | 'write' | 'create',
  ) {
    this.#handle = openSync(path, { read: 'r', write: 'r+', create: 'wx+' }[how], 0o640);
  }

  size(): number {
    return fstatSync(this.#handle).size;
  }

  inode(): bigint {
    return fstatSync(this.#handle, { bigint: true }).ino;
  }

  read(target: Buffer, at: number): number {
    let bytes = 0;
    while (bytes < target.length) {
      const more = readSync(this.#handle, target, bytes, target.length - bytes, at + bytes);
      if (more === 0) break;
      bytes += more;
    }
    return bytes;
  }

  async writeDurably(bytes: Buffer, at: number, here = false): Promise<void> {
    const handle = (this.#durableHandle ??= openSync(this.path, constants.O_RDWR | (constants.O_DSYNC ?? 0)));
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.length - done;
      const written = here
        ? writeSync(handle, bytes, done, rest, at + done)
        : await writeOnce(handle, bytes.subarray(done), at + done);
      if (written === 0) throw new Error('Nothing could be written');
      done += written;
    }
    // Where the system has no such way of writing.
    if (constants.O_DSYNC === undefined) fsyncSync(handle);
  }

  write(bytes: Buffer, at: number): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#handle, bytes, done, bytes.length - done, at + done);
    }
  }

  truncate(size: number): void {
    ftruncateSync(this.#handle, size);
    fsyncSync(this.#handle);
  }

  sync(): void {
    fsyncSync(this.#handle);
  }

  close(): void {
    if (this.#durableHandle !== undefined) closeSync(this.#durableHandle);
    this.#durableHandle = undefined;
    closeSync(this.#handle);
  }
}

function writeOnce(handle: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(handle, bytes, 0, bytes.length, at, (error, written) => {
      if (error !== null) reject(error);
      else resolve(written);
    });
  });
}
