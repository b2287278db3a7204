import { randomUUID } from 'node:crypto';
import { CorruptStoreError } from '../../../contracts/errors.js';
import { COMMIT_HEADER_BYTES, readCommitHeader, writeCommitHeader } from './commit-frame.js';
import { CommitReader, type CommitPlace } from './commit-reader.js';
import { EndMarkFile, type EndMark, type LogEnd } from './end-mark.js';
import { placeRecord, readRecord, recordBytes, isIntact, type EventRecord } from './event-record.js';
import { findEnd } from './find-end.js';
import { nodeLogFiles, type LogFiles } from './log-files.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { Segments } from './segments.js';

/** A segment takes no further commit once it has so many bytes. */
const SEGMENT_BYTES_MAX = 256 * 1024 * 1024;

/** Most records are shorter, so that one read is enough. */
const RECORD_BYTES_GUESSED = 1024;

/** What the system says when there is no room: nothing is wrong with the file. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** How a log is opened. */
export interface EventLogOptions {
  /** Beside a writer, or where there is none. */
  readOnly?: boolean;
  files?: LogFiles;
  segmentBytesMax?: number;
  /** How far an index covers the log: only what comes after it need be looked at, where the log holds exactly that. */
  knownEnd?: KnownEnd;
}

/** An end that a log is said to have had, and where the commit before it begins: `EventLog.holds` says whether it did. */
export interface KnownEnd extends LogEnd {
  ledgerId: string;
  lastCommit: number;
}

/**
 * The truth of the embedded ledger: events in the order of their positions, in segment files that are only appended to
 * (`docs/stored-form.md` describes their bytes). One log writes, which its caller sees to; any number read beside it.
 */
export class EventLog {
  readonly segments: Segments;
  readonly commits: CommitReader;
  /** Bytes of a commit that was never finished, found and cut off when the log was opened. */
  tornBytes = 0;
  readonly #mark: EndMarkFile;
  readonly #readOnly: boolean;
  readonly #segmentBytesMax: number;
  #end: LogEnd = { position: 0, address: SEGMENT_HEADER_BYTES, chain: 0 };
  #inode = 0n;
  /** Set by a write that failed: what the file holds beyond the end is not known, and has to be cut off first. */
  #failure: { sameSegment: boolean } | undefined;

  private constructor(
    folder: string,
    { readOnly = false, files = nodeLogFiles, segmentBytesMax }: EventLogOptions,
  ) {
    this.segments = new Segments(folder, files);
    this.commits = new CommitReader(this.segments);
    this.#mark = new EndMarkFile(folder, files, readOnly);
    this.#readOnly = readOnly;
    this.#segmentBytesMax = segmentBytesMax ?? SEGMENT_BYTES_MAX;
  }

  /**
   * Opens the log in a folder; a writer makes it where the folder has none, finds its end, and cuts off a commit that was
   * never finished.
   *
   * @throws CorruptStoreError when it lacks something that was on disk, or is of another form.
   */
  static async open(folder: string, options: EventLogOptions = {}): Promise<EventLog> {
    const log = new EventLog(folder, options);
    try {
      await log.#open(options.knownEnd);
    } catch (error) {
      log.close();
      throw error;
    }
    return log;
  }

  /** The ledger's id, a UUID. */
  get ledgerId(): string {
    return this.segments.last.ledgerId;
  }

  /** Where it ends: everything before is on disk. A reader's is as new as its last `refresh`. */
  get end(): LogEnd {
    return this.#end;
  }

  /** Whether the log once ended so: its commits up to there are those that somebody else knows. */
  holds({ ledgerId, lastCommit, position, address, chain }: KnownEnd): boolean {
    if (ledgerId !== this.ledgerId) return false;
    const header = readCommitHeader(this.segments.read(lastCommit, COMMIT_HEADER_BYTES), 0);
    return (
      header?.chain === chain &&
      header.firstPosition + header.events - 1 === position &&
      lastCommit + COMMIT_HEADER_BYTES + header.bodyBytes === address
    );
  }

  /** The chain value of the commit before a place; `undefined` when what stands there is damaged. */
  chainBefore(place: CommitPlace): Pick<LogEnd, 'chain'> | undefined {
    if (place.position > this.#end.position) return { chain: this.#end.chain };
    const { baseAddress } = this.segments.at(place.address);
    const address = Math.max(place.address, baseAddress + SEGMENT_HEADER_BYTES);
    const header = readCommitHeader(this.segments.read(address, COMMIT_HEADER_BYTES), 0);
    return header && { chain: header.previous };
  }

  /** Looks how far the log is by now, for a reader: it sees all that was on disk before this. */
  refresh(): LogEnd {
    const mark = this.#mark.read();
    if (mark === undefined || mark.address <= this.#end.address) return this.#end;
    if (mark.inode !== this.#inode) {
      this.segments.load(this.ledgerId);
      this.#inode = this.#lastInode();
    }
    return (this.#end = { position: mark.position, address: mark.address, chain: mark.chain });
  }

  /**
   * Writes records as one commit: all of them are on disk when it answers, and none is to be found when it fails, then or
   * later. One at a time.
   *
   * @returns Where the commit begins, and each of them.
   * @throws What the system says; the next append first cuts off what is left of this one.
   */
  async append(records: readonly Buffer[]): Promise<{ commit: number; addresses: number[] }> {
    if (this.#failure !== undefined) await this.#recover(this.#failure);
    if (this.#end.address - this.segments.last.baseAddress >= this.#segmentBytesMax) await this.#addSegment();
    const { position, address, chain } = this.#end;
    const addresses: number[] = [];
    let bytes = COMMIT_HEADER_BYTES;
    for (const record of records) {
      addresses.push(address + bytes);
      bytes += record.length;
    }
    const body = Buffer.allocUnsafe(bytes);
    let at = COMMIT_HEADER_BYTES;
    for (const [index, record] of records.entries()) {
      placeRecord(record, position + 1 + index);
      at += record.copy(body, at);
    }
    const next = writeCommitHeader(body, {
      events: records.length,
      firstPosition: position + 1,
      previous: chain,
    });
    const segment = this.segments.last;
    try {
      await this.segments.file(segment, 'write').writeDurably(body, address - segment.baseAddress);
    } catch (error) {
      this.#failure = { sameSegment: NO_ROOM.includes((error as NodeJS.ErrnoException).code ?? '') };
      throw error;
    }
    this.#end = { position: position + records.length, address: address + bytes, chain: next };
    this.#writeMark();
    return { commit: address, addresses };
  }

  /**
   * The record at an address.
   *
   * @returns `undefined` when none begins there that is as it was written.
   */
  record(address: number): EventRecord | undefined {
    let bytes = this.segments.read(address, RECORD_BYTES_GUESSED);
    const size = bytes.length < 4 ? 0 : bytes.readUInt32LE(0) + 8;
    if (size > bytes.length && size <= this.#end.address - address) bytes = this.segments.read(address, size);
    const length = recordBytes(bytes, 0);
    if (length === undefined || !isIntact(bytes, 0, length)) return undefined;
    return readRecord(bytes, 0, length, address);
  }

  /** Lets go of the files; a writer's mark is on disk then. */
  close(): void {
    try {
      if (!this.#readOnly) this.#mark.sync();
    } finally {
      this.#mark.close();
      this.segments.close();
    }
  }

  async #open(knownEnd: KnownEnd | undefined): Promise<void> {
    const mark = this.#mark.read();
    this.segments.load(mark?.ledgerId);
    if (this.segments.all.length === 0) {
      if (this.#readOnly) throw new CorruptStoreError('There is no ledger');
      await this.segments.add({ ledgerId: randomUUID(), firstPosition: 1, baseAddress: 0, chain: 0 });
    }
    const { last } = this.segments;
    if (!this.#readOnly) this.segments.file(last, 'write');
    this.#inode = this.#lastInode();
    const trusted = this.#trusted(mark);
    const start: LogEnd = {
      position: last.firstPosition - 1,
      address: last.baseAddress + SEGMENT_HEADER_BYTES,
      chain: last.chain,
    };
    const isUsed = knownEnd !== undefined && knownEnd.address >= start.address && this.holds(knownEnd);
    const from = isUsed ? knownEnd : start;
    const { tornBytes, position, address, chain } = findEnd(this.segments, from, trusted);
    this.#end = { position, address, chain };
    if (this.#readOnly) return;
    this.tornBytes = tornBytes;
    if (tornBytes > 0) this.segments.file(last).truncate(address - last.baseAddress);
    this.#writeMark();
  }

  /** A mark that came with a copy of the folder says nothing of this copy, but may be of the segment before this one. */
  #trusted(mark: EndMark | undefined): EndMark | undefined {
    if (mark === undefined || mark.ledgerId !== this.ledgerId) return undefined;
    const isInLast = mark.address >= this.segments.last.baseAddress + SEGMENT_HEADER_BYTES;
    return isInLast && mark.inode === this.#inode ? mark : undefined;
  }

  async #addSegment(): Promise<void> {
    const { position, address, chain } = this.#end;
    const { ledgerId } = this;
    const segment = await this.segments.add({
      ledgerId,
      firstPosition: position + 1,
      baseAddress: address,
      chain,
    });
    this.segments.file(segment, 'write');
    this.#end = { position, address: address + SEGMENT_HEADER_BYTES, chain };
    this.#inode = this.#lastInode();
  }

  /**
   * Cuts off what a write that failed may have left. After anything but a full disk the file is not written to again: what
   * the system keeps of its last page in memory need not be what is on disk.
   */
  async #recover({ sameSegment }: { sameSegment: boolean }): Promise<void> {
    const { last } = this.segments;
    this.segments.letGo(last);
    this.segments.file(last, 'write').truncate(this.#end.address - last.baseAddress);
    if (!sameSegment) await this.#addSegment();
    this.#failure = undefined;
  }

  #lastInode(): bigint {
    return this.segments.file(this.segments.last).inode();
  }

  /** What the mark says is a help; without it the log is whole all the same. */
  #writeMark(): void {
    try {
      this.#mark.write({ ...this.#end, ledgerId: this.ledgerId, inode: this.#inode });
    } catch {
      // Readers elsewhere see this commit with the next one.
    }
  }
}
