import { crc32 } from 'node:zlib';
import type { Database, DatabaseOptions } from 'lmdb';
import type { DerivedFolder } from '../derived-folder.js';

/** What an index says can't be right: nothing in it is to be relied on. */
export class IndexDoubtError extends Error {}

/** What is put into a table. */
export interface TableEntry {
  key: Buffer;
  value: Buffer;
}

/** An entry, and the key of the one before it in the table. */
interface ChainedEntry extends TableEntry {
  /** Empty for the first. */
  before: Buffer;
}

/** Stands behind every key, so that each has one that follows it. */
const LAST = Buffer.from([0xff]);
const NOTHING = Buffer.alloc(0);
const HEADER_BYTES = 8;

/**
 * A table in which it is as sure what is not there as what is. Each entry has a checksum over itself and its key, and names
 * the key of the entry before it: who looks for a key and finds another knows that there is nothing in between. Without that
 * a byte that is damaged, in a key or in what leads to it, would hide a stream, which would then be begun a second time.
 */
export class ProvenTable {
  readonly #entries: Database<Buffer, Buffer>;

  constructor(
    folder: DerivedFolder,
    private readonly name: string,
  ) {
    const options: DatabaseOptions = { encoding: 'binary', keyEncoding: 'binary' };
    this.#entries = folder.openDatabase(name, options);
  }

  /** Whether it is a table already: `clear` makes it one. */
  get isMade(): boolean {
    return this.#entries.get(LAST) !== undefined;
  }

  /** @throws IndexDoubtError when what is there, or is not, is not what was written. */
  get(key: Buffer): Buffer | undefined {
    const own = this.#own(key);
    if (own === undefined) this.#following(key);
    return own?.value;
  }

  /** The last entry at or before a key. @throws as `get`. */
  lastUpTo(key: Buffer): TableEntry | undefined {
    const own = this.#own(key);
    if (own !== undefined) return own;
    const { before } = this.#following(key);
    if (before.length === 0) return undefined;
    return this.#own(before) ?? this.#lacks(before);
  }

  /** All entries in the order of their keys. @throws as `get`. */
  *all(): Generator<TableEntry> {
    let before: Buffer = NOTHING;
    for (const { key, value } of this.#entries.getRange({})) {
      const entry = this.#open(key, value);
      if (!entry.before.equals(before)) this.#lacks(entry.before);
      before = key;
      if (!key.equals(LAST)) yield entry;
    }
    if (!before.equals(LAST)) this.#lacks(LAST);
  }

  /** Puts entries in, also in place of those with the same keys, once in a transaction. @throws as `get`. */
  put(entries: readonly TableEntry[]): void {
    const changed: ChainedEntry[] = [];
    let following: ChainedEntry | undefined;
    // From the last to the first, so that the one that follows in the end is known.
    for (const { key, value } of [...entries].sort((one, other) => other.key.compare(one.key))) {
      // What is in a gap that was just looked at need not be looked for.
      const isNew = following !== undefined && following.before.compare(key) < 0;
      const own = isNew ? undefined : this.#own(key);
      if (own === undefined && !isNew) changed.push((following = this.#following(key)));
      const entry = own ?? insertBefore(following as ChainedEntry, key);
      entry.value = value;
      changed.push((following = entry));
    }
    for (const entry of changed) void this.#entries.put(entry.key, seal(entry));
  }

  /** Lets the reads that follow see everything that was put in by now, even within this turn of the event loop. */
  refresh(): void {
    this.#entries.resetReadTxn();
  }

  /** Makes it a table without entries; nothing else can be done before. */
  async clear(): Promise<void> {
    await this.#entries.clearAsync();
    await this.#entries.put(LAST, seal({ key: LAST, value: NOTHING, before: NOTHING }));
  }

  #own(key: Buffer): ChainedEntry | undefined {
    const sealed = this.#entries.get(key);
    return sealed && this.#open(key, sealed);
  }

  /** The entry that follows a key that is not in the table. */
  #following(key: Buffer): ChainedEntry {
    for (const next of this.#entries.getRange({ start: key, limit: 1 })) {
      const entry = this.#open(next.key, next.value);
      if (entry.before.compare(key) < 0 && key.compare(entry.key) < 0) return entry;
      this.#lacks(key);
    }
    return this.#lacks(LAST);
  }

  #open(key: Buffer, sealed: Buffer): ChainedEntry {
    if (sealed.length < HEADER_BYTES || sealed.readUInt32LE(0) !== sumOf(key, sealed))
      throw new IndexDoubtError(`an entry of ${this.name} is not what was written`);
    const same = sealed.readUInt16LE(4);
    const valueAt = HEADER_BYTES + sealed.readUInt16LE(6);
    const before = Buffer.concat([key.subarray(0, same), sealed.subarray(HEADER_BYTES, valueAt)]);
    return { key, value: sealed.subarray(valueAt), before };
  }

  #lacks(key: Buffer): never {
    throw new IndexDoubtError(`an entry of ${this.name} is not where it belongs: ${key.toString('hex')}`);
  }
}

function insertBefore(following: ChainedEntry, key: Buffer): ChainedEntry {
  const { before } = following;
  following.before = key;
  return { key, value: NOTHING, before };
}

/** Of the key before only what differs from the key is written. */
function seal({ key, value, before }: ChainedEntry): Buffer {
  let same = 0;
  while (same < before.length && before[same] === key[same]) same++;
  const rest = before.subarray(same);
  const sealed = Buffer.concat([Buffer.alloc(HEADER_BYTES), rest, value]);
  sealed.writeUInt16LE(same, 4);
  sealed.writeUInt16LE(rest.length, 6);
  sealed.writeUInt32LE(sumOf(key, sealed), 0);
  return sealed;
}

function sumOf(key: Buffer, sealed: Buffer): number {
  return crc32(sealed.subarray(4), crc32(key));
}
