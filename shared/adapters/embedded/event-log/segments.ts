import { basename, join } from 'node:path';
import { CorruptStoreError } from '../../../core/contracts/errors.js';
import { reading } from '../disk-errors.js';
import { contentEnd } from './content-end.js';
import type { LogFile, LogFiles } from './log-files.js';
import { formatPosition } from './position.js';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './segment-header.js';

const SUFFIX = '.log';
const NAME = /^\d{16}\.log$/;

/** How many files are kept open; the others are opened when they are wanted. */
const OPEN_FILES_MAX = 64;

/** One file of the log. */
export interface Segment extends SegmentHeader {
  path: string;
  /** As `LogFile.inode`. */
  inode: bigint;
  /**
   * How many bytes its file had when it was last looked at; of one that has another behind it how many are its own, which
   * stays as it is.
   */
  bytes: number;
  /** Whether its header had to be told from its neighbours, as its bytes are damaged; its `chain` is not known then. */
  headerDamaged: boolean;
}

/** The files of a log, in the order of their positions, and reading from them by address. */
export class Segments {
  readonly #files: LogFiles;
  readonly #folder: string;
  readonly #open = new Map<Segment, LogFile>();
  #all: Segment[] = [];

  constructor(
    folder: string,
    files: LogFiles,
    private readonly readOnly: boolean,
  ) {
    this.#folder = folder;
    this.#files = files;
  }

  /** All of them, oldest first. */
  get all(): readonly Segment[] {
    return this.#all;
  }

  /** The one that is written to. */
  get last(): Segment {
    return this.#all[this.#all.length - 1] as Segment;
  }

  /**
   * Looks at the folder, and at the header of each file in it that is not known yet.
   *
   * @param ledgerId Of the ledger, where that is known from elsewhere: for a ledger whose only header is damaged.
   * @throws CorruptStoreError when files do not belong together, or one is missing.
   */
  load(ledgerId?: string): void {
    const names = reading(this.#folder, () => this.#files.list(this.#folder))
      .filter((name) => NAME.test(name))
      .sort();
    const { last } = this;
    const known = new Map(this.#all.map((segment) => [basename(segment.path), segment]));
    const found: Segment[] = [];
    for (const name of names) {
      const before = known.get(name);
      // The last one may have grown, or been replaced by another one that is as empty.
      const isSealed = before !== undefined && before !== last;
      found.push(isSealed ? before : this.#look(name, found.at(-1), ledgerId));
    }
    this.#all = withIds(found, ledgerId);
    checkSequence(this.#all, (segment) =>
      contentEnd(
        (address, bytes) => this.#readOf(segment, address, bytes),
        segment.baseAddress,
        segment.baseAddress + segment.bytes,
      ),
    );
    // Who has just been looked at is another object now, also where the file is the same.
    for (const segment of [...this.#open.keys()]) if (!this.#all.includes(segment)) this.letGo(segment);
  }

  /** The segment that an address lies in. */
  at(address: number): Segment {
    return this.#lastWhere(({ baseAddress }) => baseAddress <= address);
  }

  /** The segment that a position lies in. */
  holding(position: number): Segment {
    return this.#lastWhere(({ firstPosition }) => firstPosition <= position);
  }

  /** The one after; `undefined` for the last. */
  after(segment: Segment): Segment | undefined {
    return this.#all[this.#all.indexOf(segment) + 1];
  }

  /** How many bytes its file has. */
  size(segment: Segment): number {
    return reading(segment.path, () => this.file(segment).size());
  }

  /** Bytes from an address on, within one file: as many as were asked for, or as there are. */
  read(address: number, bytesMax: number): Buffer {
    if (!(Number.isSafeInteger(address) && address >= 0)) return Buffer.alloc(0);
    return this.#readOf(this.at(address), address, bytesMax);
  }

  #readOf(segment: Segment, address: number, bytesMax: number): Buffer {
    const target = Buffer.allocUnsafeSlow(bytesMax);
    const bytes = reading(segment.path, () => this.file(segment).read(target, address - segment.baseAddress));
    return bytes === bytesMax ? target : target.subarray(0, bytes);
  }

  /** A segment's file, opened for reading and, for a writer, the last one for writing. */
  file(segment: Segment): LogFile {
    const open = this.#open.get(segment);
    if (open !== undefined) return open;
    const how = segment === this.last && !this.readOnly ? 'write' : 'read';
    const file = this.#files.open(segment.path, how);
    this.#keep(segment, file);
    return file;
  }

  /** Has a file opened again when it is next wanted. */
  letGo(segment: Segment): void {
    this.#open.get(segment)?.close();
    this.#open.delete(segment);
  }

  /**
   * Makes the next segment, in place of the last one where that begins at the same position: when this answers, its header
   * and its name are on disk. When it fails, nothing has changed but that there may be an empty file of that name.
   */
  async add(header: SegmentHeader): Promise<Segment> {
    const path = join(this.#folder, `${formatPosition(header.firstPosition)}${SUFFIX}`);
    const draft = `${path}.new`;
    if (this.#files.list(this.#folder).includes(basename(draft))) this.#files.remove(draft);
    const bytes = encodeSegmentHeader(header);
    const file = this.#files.open(draft, 'create');
    let inode: bigint;
    try {
      inode = file.inode();
      await file.writeDurably(bytes, 0);
      file.sync();
      this.#files.rename(draft, path);
      this.#files.syncFolder(this.#folder);
    } catch (error) {
      file.close();
      throw error;
    }
    const segment = { ...header, path, inode, bytes: bytes.length, headerDamaged: false };
    const replaced = this.#all.find((other) => other.path === path);
    if (replaced !== undefined) this.letGo(replaced);
    this.#all = [...this.#all.filter((other) => other !== replaced), segment];
    this.#keep(segment, file);
    return segment;
  }

  close(): void {
    for (const segment of [...this.#open.keys()]) this.letGo(segment);
  }

  /** The last one of those, the first ones, for which something holds; it is taken to hold for the first. */
  #lastWhere(holds: (segment: Segment) => boolean): Segment {
    let [low, high] = [0, this.#all.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (holds(this.#all[middle] as Segment)) low = middle;
      else high = middle - 1;
    }
    return this.#all[low] as Segment;
  }

  /** Keeps a file open, and in its place closes the one that has been open for longest, if there are too many. */
  #keep(segment: Segment, file: LogFile): void {
    this.#open.set(segment, file);
    if (this.#open.size <= OPEN_FILES_MAX) return;
    for (const other of this.#open.keys())
      if (other !== this.last && other !== segment) return this.letGo(other);
  }

  #look(name: string, before: Segment | undefined, ledgerId: string | undefined): Segment {
    const path = join(this.#folder, name);
    const file = reading(path, () => this.#files.open(path, 'read'));
    try {
      const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
      const header = decodeSegmentHeader(
        bytes.subarray(
          0,
          reading(path, () => file.read(bytes, 0)),
        ),
        path,
      );
      const found = { path, inode: file.inode(), bytes: file.size(), headerDamaged: header === undefined };
      if (header !== undefined) return { ...header, ...found };
      // What it says follows from its name and from the file before it.
      return {
        ...found,
        ledgerId: ledgerId ?? '',
        firstPosition: Number(name.slice(0, -SUFFIX.length)),
        baseAddress: before === undefined ? 0 : before.baseAddress + before.bytes,
        chain: 0,
      };
    } finally {
      file.close();
    }
  }
}

function withIds(segments: Segment[], ledgerId: string | undefined): Segment[] {
  const id = segments.find(({ headerDamaged }) => !headerDamaged)?.ledgerId ?? ledgerId;
  if (id === undefined && segments.length > 0) {
    throw new CorruptStoreError(`${(segments[0] as Segment).path} is damaged: its header can't be read`);
  }
  for (const segment of segments) if (segment.headerDamaged) segment.ledgerId = id as string;
  return segments;
}

/**
 * @param contentEndOf Where a segment ends without the zeros at its end: one that was copied before it was full has room there.
 * @throws CorruptStoreError when they are not one ledger without a gap.
 */
function checkSequence(segments: readonly Segment[], contentEndOf: (segment: Segment) => number): void {
  let before: Segment | undefined;
  for (const segment of segments) {
    const expected = before === undefined ? 0 : before.baseAddress + before.bytes;
    const { path, ledgerId, baseAddress, firstPosition } = segment;
    if (before !== undefined && before.ledgerId !== ledgerId) {
      throw new CorruptStoreError(
        `${path} belongs to ledger ${ledgerId}, the file before it to ${before.ledgerId}`,
      );
    }
    const end = before !== undefined && baseAddress < expected ? contentEndOf(before) : expected;
    if (before !== undefined && baseAddress < end)
      throw new CorruptStoreError(`${before.path} holds more than what stands before ${path}`);
    if (baseAddress > end || (before === undefined && firstPosition !== 1)) {
      const missing = baseAddress - end;
      throw new CorruptStoreError(
        before === undefined
          ? `The ledger lacks the files before ${path}: the events up to position ${firstPosition - 1}`
          : `The ledger lacks ${missing} bytes before ${path}: ${before.path} breaks off, or files between are missing`,
      );
    }
    if (before !== undefined) before.bytes = baseAddress - before.baseAddress;
    before = segment;
  }
}
