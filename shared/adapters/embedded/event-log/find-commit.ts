import {
  COMMIT_HEADER_BYTES,
  findCommitHeader,
  readCommitHeader,
  type CommitHeader,
} from './commit-frame.js';

/** Looked through at once. */
const PIECE_BYTES = 1024 * 1024;

/** A whole header of a commit, and its address. */
export interface FoundCommit {
  address: number;
  header: CommitHeader;
}

/**
 * Finds the next whole header of a commit behind one that is damaged.
 *
 * @param read Bytes from an address on: as many as were asked for, or as there are.
 * @param to The first address that is not looked at.
 * @param isWanted Whether a header may be the next one.
 */
export function findCommit(
  read: (address: number, bytesMax: number) => Buffer,
  from: number,
  to: number,
  isWanted: (header: CommitHeader) => boolean,
): FoundCommit | undefined {
  // The pieces overlap, so that each header is whole in one of them.
  for (let start = from; start + COMMIT_HEADER_BYTES <= to; start += PIECE_BYTES) {
    const piece = read(start, Math.min(PIECE_BYTES + COMMIT_HEADER_BYTES - 1, to - start));
    for (let at = findCommitHeader(piece, 0); at !== -1; at = findCommitHeader(piece, at + 1)) {
      const header = readCommitHeader(piece, at) as CommitHeader;
      if (isWanted(header)) return { address: start + at, header };
    }
  }
  return undefined;
}
