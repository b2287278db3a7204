import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { bootId } from '../process-identity.js';
import type { LogFile, LogFiles } from './log-files.js';
import { readUuid, writeUuid } from './segment-header.js';

/** Where a log ends: everything before is on disk. */
export interface LogEnd {
  /** The position of the last event; 0 while there is none. */
  position: number;
  /** Where the next commit begins. */
  address: number;
  /** The chain value of the last commit. */
  chain: number;
}

/** What the mark says: never more than what is on disk, since it is written after that. */
export interface EndMark extends LogEnd {
  ledgerId: string;
  /** The inode of the segment that was written to: a copy of the folder is told from the folder by it. */
  inode: bigint;
  /** Whether the machine has not been started again since: then nothing but what it says was acknowledged. */
  isOfThisBoot: boolean;
}

const FILE = 'end';
const MAGIC = Buffer.from('TLEND\n\0\0', 'latin1');
const BYTES = 60;
const CRC_AT = BYTES - 4;

/** A mark that is written in one moment and read in another may be caught half written; then it is read again. */
const READS_MAX = 10;

/** Names this start of the machine. */
const THIS_BOOT = crc32(bootId());

/**
 * The small file beside the segments that says how far the log is on disk. The readers of other threads and processes look
 * at it before each read, and a writer that starts knows by it whether what it finds damaged at the end had been
 * acknowledged. It is not synced: a crash of the machine leaves an older one, which is still right.
 */
export class EndMarkFile {
  #file: LogFile | undefined;

  constructor(
    private readonly folder: string,
    private readonly files: LogFiles,
    private readonly readOnly: boolean,
  ) {}

  /** What it says; `undefined` when there is none, or none that is whole. */
  read(): EndMark | undefined {
    try {
      this.#file ??= this.open();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const bytes = Buffer.allocUnsafe(BYTES);
    for (let reads = 0; reads < READS_MAX; reads++) {
      if (this.#file.read(bytes, 0) < BYTES) return undefined;
      if (
        crc32(bytes.subarray(0, CRC_AT)) === bytes.readUInt32LE(CRC_AT) &&
        bytes.subarray(0, 8).equals(MAGIC)
      ) {
        return decode(bytes);
      }
    }
    return undefined;
  }

  write({ ledgerId, inode, position, address, chain }: Omit<EndMark, 'isOfThisBoot'>): void {
    const bytes = Buffer.allocUnsafe(BYTES);
    MAGIC.copy(bytes);
    writeUuid(bytes, 8, ledgerId);
    bytes.writeBigUInt64LE(inode, 24);
    bytes.writeBigUInt64LE(BigInt(position), 32);
    bytes.writeBigUInt64LE(BigInt(address), 40);
    bytes.writeUInt32LE(chain, 48);
    bytes.writeUInt32LE(THIS_BOOT, 52);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
    try {
      this.#file ??= this.open();
      this.#file.write(bytes, 0);
    } catch (error) {
      // It is opened again the next time.
      this.close();
      throw error;
    }
  }

  /** Waits until it is on disk. */
  sync(): void {
    this.#file?.sync();
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  private open(): LogFile {
    const path = join(this.folder, FILE);
    if (this.readOnly) return this.files.open(path, 'read');
    return this.files.list(this.folder).includes(FILE)
      ? this.files.open(path, 'write')
      : this.files.open(path, 'create');
  }
}

function decode(bytes: Buffer): EndMark {
  return {
    ledgerId: readUuid(bytes, 8),
    inode: bytes.readBigUInt64LE(24),
    position: Number(bytes.readBigUInt64LE(32)),
    address: Number(bytes.readBigUInt64LE(40)),
    chain: bytes.readUInt32LE(48),
    isOfThisBoot: bytes.readUInt32LE(52) === THIS_BOOT,
  };
}
