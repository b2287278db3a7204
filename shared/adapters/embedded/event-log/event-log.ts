import { randomUUID } from 'node:crypto';
import { CorruptStoreError } from '../../../core/contracts/errors.js';
import { reading } from '../disk-errors.js';
import { COMMIT_HEADER_BYTES, readCommitHeader, type CommitHeader } from './commit-frame.js';
import { CommitReader, type CommitPlace } from './commit-reader.js';
import { EndMarkFile, type EndMark, type LogEnd } from './end-mark-file.js';
import { readRecord, recordBytes, isIntact, type EventRecord } from './event-record.js';
import { findEnd, type FoundEnd } from './find-end.js';
import { nodeLogFiles, type LogFiles } from './log-files.js';
import { LogWriter, type WrittenCommit } from './log-writer.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { Segments, type Segment } from './segments.js';

/** Most records are shorter, so that one read is enough. */
const RECORD_BYTES_GUESSED = 1024;

/** How a log is opened. */
export interface EventLogOptions {
  /** Beside a writer, or where there is none. */
  readOnly?: boolean;
  files?: LogFiles;
  segmentBytesMax?: number;
  roomBytes?: number;
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
  /** Positions of commits that were found damaged when the log was opened. */
  passedBy: FoundEnd['passedBy'];
  readonly #options: EventLogOptions;
  readonly #mark: EndMarkFile;
  /** What the mark said when the log was opened, if it was of this log. */
  #markFound: EndMark | undefined;
  #readersEnd: LogEnd = { position: 0, address: SEGMENT_HEADER_BYTES, chain: 0 };
  #writer: LogWriter | undefined;

  private constructor(folder: string, options: EventLogOptions) {
    const { readOnly = false, files = nodeLogFiles } = options;
    this.segments = new Segments(folder, files, readOnly);
    this.commits = new CommitReader(this.segments);
    this.#options = options;
    this.#mark = new EndMarkFile(folder, files, readOnly);
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
      await log.#open(options);
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
    return this.#writer?.end ?? this.#readersEnd;
  }

  /** Whether the log once ended so: its commits up to there are those that somebody else knows. */
  holds(known: KnownEnd): boolean {
    const { ledgerId, lastCommit, position, address, chain } = known;
    if (ledgerId !== this.ledgerId || address > this.#fileEnd(this.segments.last)) return false;
    const header = this.#headerAt(lastCommit);
    if (header === undefined) return this.#goesOnFrom(known);
    return (
      header.chain === chain &&
      header.firstPosition + header.events - 1 === position &&
      lastCommit + COMMIT_HEADER_BYTES + header.bodyBytes === address
    );
  }

  /** The chain value of the commit before a place; `undefined` when what stands there is damaged. */
  chainBefore(place: CommitPlace): Pick<LogEnd, 'chain'> | undefined {
    if (place.position > this.end.position) return { chain: this.end.chain };
    const { baseAddress } = this.segments.at(place.address);
    const header = this.#headerAt(Math.max(place.address, baseAddress + SEGMENT_HEADER_BYTES));
    return header && { chain: header.previous };
  }

  /** Looks how far the log is by now, for a reader: it sees all that was on disk before this. */
  refresh(): LogEnd {
    if (this.#writer !== undefined) return this.end;
    const mark = reading("The ledger's end", () => this.#mark.read());
    if (mark === undefined || mark.address <= this.#readersEnd.address) return this.end;
    if (mark.inode !== this.segments.last.inode) this.segments.load(this.ledgerId);
    if (this.#isOfThisLog(mark)) this.#readersEnd = mark;
    return this.end;
  }

  /**
   * Writes records as one commit: all of them are on disk when it answers, and none is to be found when it fails, then or
   * later. One at a time.
   *
   * @param alone Whether the thread has nothing else to do meanwhile.
   * @returns Where the commit begins, and each of them.
   * @throws What the system says; the next append first cuts off what is left of this one.
   */
  async append(records: readonly Buffer[], alone = false): Promise<WrittenCommit> {
    if (this.#writer === undefined) throw new Error('The log was opened for reading only');
    return this.#writer.append(records, alone);
  }

  /**
   * The record at an address.
   *
   * @returns `undefined` when none begins there that is as it was written.
   */
  record(address: number): EventRecord | undefined {
    let bytes = this.segments.read(address, RECORD_BYTES_GUESSED);
    const size = bytes.length < 4 ? 0 : bytes.readUInt32LE(0) + 8;
    if (size > bytes.length && size <= this.end.address - address) bytes = this.segments.read(address, size);
    const length = recordBytes(bytes, 0);
    if (length === undefined || !isIntact(bytes, 0, length)) return undefined;
    return readRecord(bytes, 0, length, address);
  }

  /** Lets go of the files; a writer's mark is on disk then. */
  close(): void {
    try {
      this.#writer?.close();
    } finally {
      this.#mark.close();
      this.segments.close();
    }
  }

  async #open({ readOnly = false, knownEnd }: EventLogOptions): Promise<void> {
    const { segments } = this;
    const mark = this.#mark.read();
    segments.load(mark?.ledgerId);
    if (segments.all.length === 0) {
      if (readOnly) throw new CorruptStoreError('There is no ledger');
      await segments.add({ ledgerId: randomUUID(), firstPosition: 1, baseAddress: 0, chain: 0 });
    }
    this.#markFound = this.#checked(mark);
    // Beside a writer: what is behind its mark was not answered, and may yet fail.
    if (readOnly && this.#markFound?.isOfThisBoot === true) {
      this.#readersEnd = this.#markFound;
      return;
    }
    const start = this.#startOfLast();
    const isUsed = knownEnd !== undefined && knownEnd.address >= start.address && this.holds(knownEnd);
    const found = findEnd(segments, isUsed ? knownEnd : start, this.#markFound);
    const { position, address, chain } = found;
    this.#readersEnd = { position, address, chain };
    if (readOnly) return;
    this.tornBytes = found.tornBytes;
    this.passedBy = found.passedBy;
    this.#writer = new LogWriter(segments, this.#mark, { ...this.#options, end: this.#readersEnd });
    await this.#writer.begin(found);
  }

  /**
   * The mark, if it is one of this log: one that came with a copy of the folder says nothing of this copy.
   *
   * @throws CorruptStoreError when the log lacks what it says was on disk.
   */
  #checked(mark: EndMark | undefined): EndMark | undefined {
    if (mark === undefined || !this.#isOfThisLog(mark)) return undefined;
    const { path, inode, baseAddress, bytes } = this.segments.at(mark.address - 1);
    const lacking = mark.address - (baseAddress + bytes);
    if (inode !== mark.inode || lacking <= 0) return mark;
    throw new CorruptStoreError(
      `${path} lacks its last ${lacking} bytes: events up to position ${mark.position} were on disk`,
    );
  }

  /** It names the file that it was written for, which may be the one before the last. */
  #isOfThisLog({ ledgerId, inode, address }: EndMark): boolean {
    return ledgerId === this.ledgerId && this.segments.at(address - 1).inode === inode;
  }

  /** What stands before the first commit of the last segment. */
  #startOfLast(): LogEnd {
    const { last } = this.segments;
    const start = {
      position: last.firstPosition - 1,
      address: last.baseAddress + SEGMENT_HEADER_BYTES,
      chain: last.chain,
    };
    // Where the segment's header is damaged, its first commit says what it follows.
    if (last.headerDamaged) start.chain = this.#headerAt(start.address)?.previous ?? 0;
    return start;
  }

  /** Whether what comes after an end, or else the mark, says that it was the end of this log, whatever stands before it. */
  #goesOnFrom({ position, address, chain }: LogEnd): boolean {
    const segment = this.segments.at(address);
    const next = segment.baseAddress === address && !segment.headerDamaged ? segment : undefined;
    const header = this.#headerAt(address);
    const mark = this.#markFound?.address === address ? this.#markFound : undefined;
    const said = next?.chain ?? header?.previous ?? mark?.chain;
    const saidPosition = next?.firstPosition ?? header?.firstPosition ?? (mark && mark.position + 1);
    return said === chain && saidPosition === position + 1;
  }

  #headerAt(address: number): CommitHeader | undefined {
    return readCommitHeader(this.segments.read(address, COMMIT_HEADER_BYTES), 0);
  }

  #fileEnd(segment: Segment): number {
    return segment.baseAddress + this.segments.size(segment);
  }
}
