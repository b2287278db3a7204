import { crc32 } from 'node:zlib';
import { CorruptStoreError } from '../../../contracts/errors.js';
import {
  COMMIT_BODY_BYTES_MAX,
  COMMIT_HEADER_BYTES,
  findCommitHeader,
  readCommitHeader,
  type CommitHeader,
} from './commit-frame.js';
import type { EndMark, LogEnd } from './end-mark.js';
import type { Segments } from './segments.js';

/** Read at once; a commit that is larger is read by itself. */
const WINDOW_BYTES = 1024 * 1024;

/** Where a log ends, and whether there is something behind it. */
export interface FoundEnd extends LogEnd {
  /** Bytes of a commit that was not finished: nobody was told that it was. */
  tornBytes: number;
}

/**
 * Finds where the log ends after its writer may have been interrupted: the last commit that is whole, or that `mark` says
 * was on disk. A commit that is not whole and was never acknowledged is the torn end; one that is damaged and has others
 * behind it, or was acknowledged, is passed by, for readers to say what is lost.
 *
 * @param from A place from which on commits are looked at, in the last segment.
 * @throws CorruptStoreError when the log lacks what the mark says was on disk.
 */
export function findEnd(segments: Segments, from: LogEnd, mark: EndMark | undefined): FoundEnd {
  const segment = segments.last;
  const fileEnd = segment.baseAddress + segments.size(segment);
  if (mark !== undefined && fileEnd < mark.address) {
    throw new CorruptStoreError(
      `${segment.path} lacks its last ${mark.address - fileEnd} bytes: events up to position ${mark.position} were on disk`,
    );
  }
  const window = new Window(segments, fileEnd);
  let end = from;
  for (;;) {
    const next = wholeCommit(window, end) ?? passDamage(window, end, mark);
    if (next === undefined) return { ...end, tornBytes: fileEnd - end.address };
    end = next;
  }
}

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
  const stretch = window.read(address, COMMIT_BODY_BYTES_MAX + 2 * COMMIT_HEADER_BYTES);
  for (let at = findCommitHeader(stretch, 1); at !== -1; at = findCommitHeader(stretch, at + 1)) {
    const header = readCommitHeader(stretch, at) as CommitHeader;
    if (header.firstPosition <= position + 1) continue;
    return { position: header.firstPosition - 1, address: address + at, chain: header.previous };
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
    private readonly end: number,
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
