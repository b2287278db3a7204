import { isDiskFull } from '../disk-errors.js';
import { COMMIT_HEADER_BYTES, writeCommitHeader } from './commit-frame.js';
import type { EndMarkFile, LogEnd } from './end-mark-file.js';
import { placeRecord } from './event-record.js';
import type { FoundEnd } from './find-end.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { ROOM_BYTES } from './log-room.js';
import type { Segments } from './segments.js';

/** A segment takes no further commit once it has so many bytes. */
const SEGMENT_BYTES_MAX = 256 * 1024 * 1024;

/** A mark that could not be written is written again after so long, should no commit come before. */
export const MARK_RETRY_MS = 1_000;

/** What a writer goes on from. */
export interface LogWriterOptions {
  end: LogEnd;
  segmentBytesMax?: number;
  /** See `ROOM_BYTES`. */
  roomBytes?: number;
}

/** Where a commit was written. */
export interface WrittenCommit {
  /** The address of the commit. */
  commit: number;
  /** Those of its records. */
  addresses: number[];
}

/** Appends to the last segment of a log, and begins the next one when it is full, or when it is not to be trusted. */
export class LogWriter {
  readonly #segments: Segments;
  readonly #mark: EndMarkFile;
  readonly #segmentBytesMax: number;
  readonly #roomBytes: number;
  #end: LogEnd;
  /** The address behind the last byte of the file: between the end and it there are zeros. */
  #roomEnd: number;
  /** No room is made before this address: there was none on the disk. */
  #noRoomBelow = 0;
  /** Set by a write that failed: what the file holds beyond the end is not known, and has to be cut off first. */
  #failure: { sameSegment: boolean } | undefined;
  /** Set while the mark says less than is on disk. */
  #markBehind: NodeJS.Timeout | undefined;

  constructor(segments: Segments, mark: EndMarkFile, { end, segmentBytesMax, roomBytes }: LogWriterOptions) {
    this.#segments = segments;
    this.#mark = mark;
    this.#end = end;
    this.#roomEnd = end.address;
    this.#segmentBytesMax = segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.#roomBytes = roomBytes ?? ROOM_BYTES;
  }

  /** Where the log ends: everything before is on disk. */
  get end(): LogEnd {
    return this.#end;
  }

  /**
   * Cuts off what is behind the end, and writes the last commit again if nobody was told that it is on disk: a process that
   * was killed may have left it in the memory of the system only, where even a sync that failed may leave it.
   */
  async begin({ unanswered }: Pick<FoundEnd, 'unanswered'>): Promise<void> {
    const segment = this.#segments.last;
    const file = this.#segments.file(segment);
    const { address } = this.#end;
    const size = address - segment.baseAddress;
    if (file.size() > size) file.truncate(size);
    if (unanswered !== undefined) {
      const commit = this.#segments.read(unanswered, address - unanswered);
      await file.writeDurably(commit, unanswered - segment.baseAddress);
    }
    this.#writeMark();
  }

  /** As `EventLog.append`. */
  async append(records: readonly Buffer[], alone = false): Promise<WrittenCommit> {
    if (this.#failure !== undefined) await this.#recover(this.#failure);
    if (this.#end.address - this.#segments.last.baseAddress >= this.#segmentBytesMax)
      await this.#addSegment();
    const { position, address, chain } = this.#end;
    const addresses: number[] = [];
    let bytes = COMMIT_HEADER_BYTES;
    for (const record of records) {
      addresses.push(address + bytes);
      bytes += record.length;
    }
    const commit = Buffer.allocUnsafe(bytes);
    let at = COMMIT_HEADER_BYTES;
    for (const [index, record] of records.entries()) {
      placeRecord(record, position + 1 + index);
      at += record.copy(commit, at);
    }
    const events = records.length;
    const next = writeCommitHeader(commit, { events, firstPosition: position + 1, previous: chain });
    await this.#write(commit, alone);
    this.#end = { position: position + events, address: address + bytes, chain: next };
    this.#writeMark();
    return { commit: address, addresses };
  }

  /** The mark is on disk then. */
  close(): void {
    if (this.#markBehind !== undefined) this.#writeMark();
    clearTimeout(this.#markBehind);
    this.#mark.sync();
    try {
      this.#cutRoom();
    } catch {
      // Zeros say nothing, and whoever opens the log next cuts them off.
    }
  }

  async #write(commit: Buffer, alone: boolean): Promise<void> {
    const { address } = this.#end;
    if (address + commit.length <= this.#roomEnd || address < this.#noRoomBelow)
      return this.#writeBytes(commit, alone);
    const withRoom = Buffer.concat([commit, Buffer.alloc(this.#roomBytes)]);
    try {
      await this.#writeBytes(withRoom, false);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // There may be as much as the commits need. Each try fills the disk for a moment, for others as well.
      this.#noRoomBelow = address + this.#roomBytes;
      if (this.#failure !== undefined) await this.#recover(this.#failure);
      await this.#writeBytes(commit, alone);
    }
  }

  async #writeBytes(bytes: Buffer, alone: boolean): Promise<void> {
    const segment = this.#segments.last;
    const { address } = this.#end;
    try {
      const file = this.#segments.file(segment);
      await file.writeDurably(bytes, address - segment.baseAddress, alone);
      this.#roomEnd = Math.max(this.#roomEnd, address + bytes.length);
    } catch (error) {
      this.#failure = { sameSegment: isDiskFull(error) };
      // So that whoever opens the log next does not come upon it. If not now, before the next commit.
      await this.#recover(this.#failure).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Cuts off what a write that failed may have left. After anything but a full disk the file is not written to again: what
   * the system keeps of its last page in memory need not be what is on disk.
   */
  async #recover({ sameSegment }: { sameSegment: boolean }): Promise<void> {
    const { last } = this.#segments;
    this.#segments.letGo(last);
    this.#roomEnd = this.#end.address;
    try {
      this.#segments.file(last).truncate(this.#end.address - last.baseAddress);
    } catch (error) {
      if (!isDiskFull(error)) this.#failure = { sameSegment: false };
      throw error;
    }
    if (!sameSegment) await this.#addSegment();
    this.#failure = undefined;
  }

  /** Has the file of the last segment end where the log does. */
  #cutRoom(): void {
    const { last } = this.#segments;
    const { address } = this.#end;
    if (this.#roomEnd > address) this.#segments.file(last).truncate(address - last.baseAddress);
    this.#roomEnd = address;
  }

  async #addSegment(): Promise<void> {
    this.#cutRoom();
    const { position, address, chain } = this.#end;
    const { last } = this.#segments;
    const isEmpty = address - last.baseAddress <= SEGMENT_HEADER_BYTES;
    const { baseAddress } = await this.#segments.add({
      ledgerId: last.ledgerId,
      firstPosition: position + 1,
      baseAddress: isEmpty ? last.baseAddress : address,
      chain,
    });
    this.#end = { position, address: baseAddress + SEGMENT_HEADER_BYTES, chain };
    this.#roomEnd = this.#end.address;
  }

  /** Says in the mark how far the log is. What it says is a help; without it the log is whole all the same. */
  #writeMark(): void {
    const { last } = this.#segments;
    clearTimeout(this.#markBehind);
    this.#markBehind = undefined;
    try {
      this.#mark.write({
        ...this.#end,
        ledgerId: last.ledgerId,
        inode: last.inode,
      });
    } catch {
      // Readers elsewhere don't see this commit yet.
      this.#markBehind = setTimeout(() => this.#writeMark(), MARK_RETRY_MS).unref();
    }
  }
}
