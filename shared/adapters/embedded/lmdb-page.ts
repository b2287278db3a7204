/** A page of LMDB's data file that is not what LMDB writes, in words. */
export class BadPageError extends Error {}

/** Which page it is, and the transaction that wrote it at the latest. */
export interface PagePlace {
  number: number;
  transactionMax: bigint;
}

/** One entry of a page. */
export interface LmdbNode {
  key: Buffer;
  /** Of a branch page: the page below. */
  child: number;
  /** Of a leaf: the value's length, whether it stands on pages of its own, and whether it describes a database. */
  dataBytes: number;
  isBig: boolean;
  isDatabase: boolean;
  /** The value, or the number of the first page that it stands on, a transaction's, and how many pages it stands on. */
  data: Buffer;
}

const HEADER_BYTES = 24;
const NODE_BYTES = 8;
/** Where a large value stands: `MDB_ovpage`. */
const BIG_BYTES = 24;
const BIG = 0x01;
const DATABASE = 0x02;

/** Flags of pages. */
export const BRANCH = 0x01;
export const LEAF = 0x02;
export const OVERFLOW = 0x04;

/** How many pages a value of so many bytes stands on. */
export function overflowPages(dataBytes: number, pageBytes: number): number {
  return Math.floor((HEADER_BYTES - 1 + dataBytes) / pageBytes) + 1;
}

/**
 * The entries of a page, after all in it was checked that LMDB relies on (`MDB_page` and `MDB_node` in its mdb.c, as on
 * 64-bit little-endian machines): it looks at none of it itself, and reads beyond the page when it is wrong.
 *
 * @param flags What the page must be.
 * @throws BadPageError when it is something else.
 */
export function lmdbNodes(page: Buffer, place: PagePlace, flags: typeof BRANCH | typeof LEAF): LmdbNode[] {
  checkHeader(page, place, flags);
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  const heapEnd = page.length - HEADER_BYTES;
  if (lower % 2 !== 0 || lower > upper || upper > heapEnd) throw new BadPageError('its bounds are wrong');
  const nodes: LmdbNode[] = [];
  let heapBytes = 0;
  for (let slot = 0; slot < lower / 2; slot++) {
    const offset = page.readUInt16LE(HEADER_BYTES + 2 * slot);
    if (offset < upper || offset + NODE_BYTES > heapEnd)
      throw new BadPageError('an entry lies outside of it');
    const node = readNode(page, HEADER_BYTES + offset, flags);
    nodes.push(node.node);
    heapBytes += node.bytes;
  }
  // LMDB leaves no room between entries: two that overlap, or one that is there twice, don't add up.
  if (heapBytes !== heapEnd - upper) throw new BadPageError('its entries do not add up');
  return nodes;
}

/** @throws BadPageError when a page is not the first of so many that a large value stands on. */
export function checkOverflow(page: Buffer, place: PagePlace, pages: number): void {
  checkHeader(page, place, OVERFLOW);
  if (page.readUInt32LE(20) !== pages) throw new BadPageError('its value has another length');
}

function checkHeader(page: Buffer, { number, transactionMax }: PagePlace, flags: number): void {
  if (page.readBigUInt64LE(0) !== BigInt(number)) throw new BadPageError('it is another page');
  // LMDB takes a page of a later transaction for one that it may write to where it lies.
  if (page.readBigUInt64LE(8) > transactionMax) throw new BadPageError('it is from a later transaction');
  if (page.readUInt16LE(18) !== flags) throw new BadPageError('it is of another kind');
}

function readNode(page: Buffer, at: number, flags: number): { node: LmdbNode; bytes: number } {
  const [low, high, nodeFlags, keyBytes] = [0, 2, 4, 6].map((field) => page.readUInt16LE(at + field)) as [
    number,
    number,
    number,
    number,
  ];
  const isLeaf = flags === LEAF;
  const dataBytes = isLeaf ? high * 0x10000 + low : 0;
  const isBig = isLeaf && (nodeFlags & BIG) !== 0;
  if (isLeaf && nodeFlags !== 0 && nodeFlags !== BIG && nodeFlags !== DATABASE)
    throw new BadPageError('an entry is of an unknown kind');
  const inPage = isBig ? BIG_BYTES : dataBytes;
  const end = at + NODE_BYTES + keyBytes + inPage;
  if (end > page.length) throw new BadPageError('an entry reaches beyond it');
  const dataAt = at + NODE_BYTES + keyBytes;
  const node = {
    key: page.subarray(at + NODE_BYTES, dataAt),
    child: isLeaf ? 0 : (nodeFlags * 0x10000 + high) * 0x10000 + low,
    dataBytes,
    isBig,
    isDatabase: isLeaf && (nodeFlags & DATABASE) !== 0,
    data: page.subarray(dataAt, end),
  };
  const bytes = NODE_BYTES + keyBytes + inPage;
  return { node, bytes: bytes + (bytes % 2) };
}
