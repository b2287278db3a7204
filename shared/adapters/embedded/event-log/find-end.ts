import { crc32 } from 'node:zlib';
import { CorruptStoreError } from '../../../core/contracts/errors.js';
import {
  COMMIT_BODY_BYTES_MAX,
  COMMIT_HEADER_BYTES,
  readCommitHeader,
  type CommitHeader,
} from './commit-frame.js';
import { contentEnd } from './content-end.js';
import type { EndMark, LogEnd } from './end-mark-file.js';
import { findCommit } from './find-commit.js';
import { ROOM_BYTES } from './log-room.js';
import type { Segments } from './segments.js';

/** Read at once; a commit that is larger is read by itself. */
const WINDOW_BYTES = 1024 * 1024;

/** Where a log ends, and what is behind it. */
export interface FoundEnd extends LogEnd {
  /** Bytes of a commit that was not finished: nobody was told that it was. */
  tornBytes: number;
  /** Where the last commit begins, if nothing says that it was acknowledged: it may be in the memory of the system only. */
  unanswered: number | undefined;
  /** The positions from the first to the last commit that was passed by, as it is damaged. */
  passedBy: { first: number; last: number } | undefined;
}

/**
 * Finds where the log ends after its writer may have been interrupted: the last commit that is whole, or that `mark` says
 * was on disk. A commit that is not whole and was never acknowledged is the torn end; one that is damaged and has others
 * behind it, or was acknowledged, is passed by, for readers to say what is lost.
 *
 * @param from A place from which on commits are looked at, in the last segment; all before it was acknowledged.
 * @param mark What is known to have been acknowledged.
 * @throws CorruptStoreError when there is more behind the last commit than one commit leaves that was not finished, and the
 *   room for those after it.
 */
export function findEnd(segments: Segments, from: LogEnd, mark: EndMark | undefined): FoundEnd {
  const segment = segments.last;
  // What is known to have been on disk belongs to it also where it is zeros now.
  const knownEnd = Math.max(from.address, mark?.address ?? 0);
  const fileEnd = contentEnd(
    (address, bytes) => segments.read(address, bytes),
    knownEnd,
    segment.baseAddress + segments.size(segment),
  );
  const window = new Window(segments, fileEnd);
  let end = from;
  let unanswered: number | undefined;
  let passedBy: FoundEnd['passedBy'];
  for (;;) {
    const whole = wholeCommit(window, end);
    const next = whole ?? passDamage(window, end, mark);
    if (next === undefined) break;
    unanswered = whole !== undefined && next.address > (mark?.address ?? 0) ? end.address : undefined;
    if (whole === undefined) passedBy = { first: passedBy?.first ?? end.position + 1, last: next.position };
    end = next;
  }
  const behind = segment.baseAddress + segments.size(segment) - end.address;
  if (behind > COMMIT_HEADER_BYTES + COMMIT_BODY_BYTES_MAX + ROOM_BYTES) {
    throw new CorruptStoreError(
      `${segment.path} is damaged: its last ${behind} bytes, behind position ${end.position}, can't be read`,
    );
  }
  return { ...end, tornBytes: fileEnd - end.address, unanswered, passedBy };
}

/** The end behind the commit that begins here, if that is whole. */
function wholeCommit(window: Window, { position, address, chain }: LogEnd): LogEnd | undefined {
  const header = readCommitHeader(window.read(address, COMMIT_HEADER_BYTES), 0);
  if (header === undefined || header.firstPosition !== position + 1 || header.previous !== chain)
    return undefined;
  const body = window.read(address + COMMIT_HEADER_BYTES, header.bodyBytes);
  if (body.length < header.bodyBytes || crc32(body) !== header.bodyCrc) return undefined;
  return endAfter(header, address);
}

/** Goes on behind something that is damaged, when it is known to be no torn end. */
function passDamage(window: Window, end: LogEnd, mark: EndMark | undefined): LogEnd | undefined {
  const { position, address } = end;
  const own = readCommitHeader(window.read(address, COMMIT_HEADER_BYTES), 0);
  const next = own === undefined ? undefined : endAfter(own, address);
  // Its header is whole, and the commit behind it goes on from it.
  if (next !== undefined && own?.firstPosition === position + 1) {
    const following = readCommitHeader(window.read(next.address, COMMIT_HEADER_BYTES), 0);
    if (following?.previous === next.chain || next.address === mark?.address) return next;
  }
  const later = findCommit(
    (from, bytes) => window.read(from, bytes),
    address + 1,
    window.end,
    ({ firstPosition }) => firstPosition > position + 1,
  );
  if (later !== undefined) {
    const { firstPosition, previous } = later.header;
    return { position: firstPosition - 1, address: later.address, chain: previous };
  }
  return mark !== undefined && mark.address > address ? mark : undefined;
}

function endAfter({ firstPosition, events, bodyBytes, chain }: CommitHeader, address: number): LogEnd {
  return {
    position: firstPosition + events - 1,
    address: address + COMMIT_HEADER_BYTES + bodyBytes,
    chain,
  };
}

/** The part of the file that was read last. */
class Window {
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(
    private readonly segments: Segments,
    readonly end: number,
  ) {}

  read(address: number, length: number): Buffer {
    if (address >= this.end) return Buffer.alloc(0);
    const bytes = Math.min(length, this.end - address);
    if (address < this.#start || address + bytes > this.#start + this.#bytes.length) {
      this.#start = address;
      this.#bytes = this.segments.read(address, Math.min(Math.max(bytes, WINDOW_BYTES), this.end - address));
    }
    return this.#bytes.subarray(address - this.#start, address - this.#start + bytes);
  }
}
