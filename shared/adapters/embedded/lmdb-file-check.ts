import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { CorruptStoreError } from '../../core/contracts/errors.js';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_FLAG = 0x08;

/** A file may lack its last pages while they are free; more than so many are never free at once in an event store. */
const FREE_TAIL_PAGES_MAX = 64;

/**
 * Refuses a data file that LMDB would crash on: it maps the file into memory, where a page beyond its end is a signal
 * and not an error. Looks at the two meta pages only (`MDB_meta` in LMDB's mdb.c, as on 64-bit little-endian machines;
 * elsewhere nothing is checked), whatever the size of the store.
 *
 * @throws CorruptStoreError with one line saying what is wrong.
 */
export function checkLmdbFile(file: string): void {
  const { size, sizeOfAllPages, pageBytes } = measure(file);
  const bytesMin = Math.max(sizeOfAllPages - FREE_TAIL_PAGES_MAX * pageBytes, 2 * pageBytes);
  if (size < bytesMin) throw corrupt(file, `it has ${size} bytes where ${sizeOfAllPages} belong`);
}

/**
 * Gives a checked file the pages that it lacks, empty: LMDB reports those with an error, should they not be free. It
 * only ever appends, so that it harms nothing should another process be writing.
 */
export function fillLmdbFile(file: string): void {
  const { size, sizeOfAllPages } = measure(file);
  if (size < sizeOfAllPages) appendFileSync(file, Buffer.alloc(sizeOfAllPages - size));
}

/** One tree of pages, as LMDB's `MDB_db` describes it. */
export interface LmdbTree {
  flags: number;
  /** How many pages are on the way to an entry. */
  depth: number;
  branches: number;
  leaves: number;
  overflows: number;
  entries: number;
  /** Its first page; `undefined` when it is empty. */
  root: number | undefined;
}

/** What a file's newest meta page says. */
export interface LatestMeta {
  pageBytes: number;
  lastPage: number;
  /** The last one that was committed. */
  transaction: bigint;
  free: LmdbTree;
  main: LmdbTree;
}

/** What the newest meta page says of a file's trees; `undefined` on machines on which LMDB's form is another one. */
export function latestMeta(file: string): LatestMeta | undefined {
  if (!isKnownMachine()) return undefined;
  const handle = openSync(file, 'r');
  try {
    const { pageBytes, lastPage, transaction, bytes } = newestMeta(handle, file);
    const [free, main] = [readTree(bytes.subarray(24)), readTree(bytes.subarray(72))];
    return { pageBytes, lastPage, transaction, free, main };
  } finally {
    closeSync(handle);
  }
}

/** Reads an `MDB_db`. */
export function readTree(bytes: Buffer): LmdbTree {
  const number = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const root = bytes.readBigUInt64LE(40);
  return {
    flags: bytes.readUInt16LE(4),
    depth: bytes.readUInt16LE(6),
    branches: number(8),
    leaves: number(16),
    overflows: number(24),
    entries: number(32),
    root: root === NO_PAGE ? undefined : Number(root),
  };
}

const NO_PAGE = 2n ** 64n - 1n;

function isKnownMachine(): boolean {
  return endianness() === 'LE' && process.arch !== 'arm' && process.arch !== 'ia32';
}

function newestMeta(handle: number, file: string): Meta {
  const first = readMeta(handle, file, 0, 'first');
  const second = readMeta(handle, file, first.pageBytes, 'second');
  return second.transaction > first.transaction ? second : first;
}

function measure(file: string): { size: number; sizeOfAllPages: number; pageBytes: number } {
  const handle = openSync(file, 'r');
  try {
    if (!isKnownMachine()) return { size: fstatSync(handle).size, sizeOfAllPages: 0, pageBytes: 0 };
    const { pageBytes, lastPage } = newestMeta(handle, file);
    // The size comes last: another process may be writing, and what a meta page says is written before it.
    return { size: fstatSync(handle).size, sizeOfAllPages: (lastPage + 1) * pageBytes, pageBytes };
  } finally {
    closeSync(handle);
  }
}

interface Meta {
  pageBytes: number;
  lastPage: number;
  transaction: bigint;
  /** From its `MDB_meta` on. */
  bytes: Buffer;
}

function readMeta(handle: number, file: string, offset: number, which: string): Meta {
  const page = Buffer.alloc(META_BYTES);
  if (readSync(handle, page, 0, META_BYTES, offset) < META_BYTES)
    throw corrupt(file, 'it breaks off at its beginning');
  const meta = page.subarray(PAGE_HEADER_BYTES);
  if ((page.readUInt16LE(18) & META_FLAG) === 0 || meta.readUInt32LE(0) !== MAGIC) {
    throw corrupt(file, `its ${which} meta page is overwritten`);
  }
  if (meta.readUInt32LE(4) !== DATA_VERSION) {
    throw corrupt(
      file,
      `it is of LMDB data version ${meta.readUInt32LE(4)}, and this program reads ${DATA_VERSION}`,
    );
  }
  const pageBytes = meta.readUInt32LE(24);
  const lastPage = Number(meta.readBigUInt64LE(120));
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0 || lastPage > 2 ** 40) {
    throw corrupt(file, `its ${which} meta page is overwritten`);
  }
  return { pageBytes, lastPage, transaction: meta.readBigUInt64LE(128), bytes: meta };
}

const PAGE_HEADER_BYTES = 24;
const META_BYTES = PAGE_HEADER_BYTES + 136;

function corrupt(file: string, what: string): CorruptStoreError {
  return new CorruptStoreError(`The data file ${file} is damaged: ${what}`);
}
