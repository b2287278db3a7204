import { setImmediate } from 'node:timers/promises';
import type { DerivedFolder } from '../derived-folder.js';
import type { CommitPlace } from './commit-reader.js';
import type { KnownEnd } from './event-log.js';
import { LOST, packAddresses, unpackAddresses } from './packed-addresses.js';
import { ProvenTable, type TableEntry } from './proven-table.js';
import { readStreamKey, STREAM_KEY_BYTES_MAX, writeStreamKey } from './stream-key.js';

/** How many addresses stand in one entry: a stream that is longer has several. */
const CHUNK_EVENTS = 64;
const CHUNK_NUMBER_MAX = 2 ** 32 - 1;

/** Where the events of a stream begin in the log, from one revision on. */
export interface StreamAddresses {
  /** The revision of the first one. */
  first: number;
  /** Ascending; `LOST` for an event that can't be found. */
  addresses: number[];
}

/** What is added to an index at once. */
export interface IndexChange {
  streams: Iterable<readonly [string, StreamAddresses]>;
  /** Where some commits begin. */
  commits: readonly CommitPlace[];
  /** Up to where the index covers the log with this. */
  end?: KnownEnd;
}

/**
 * Where the events of a stream are in the log, and where the commit is that a position lies in. All of it follows from the
 * log: it is not synced, compared with the log when it is opened, and made again when it is lost or in doubt. Adding what is
 * there already changes nothing. Whatever is asked throws IndexDoubtError when it is not what was written.
 */
export class StreamIndex {
  readonly #folder: DerivedFolder;
  readonly #streams: ProvenTable;
  readonly #commits: ProvenTable;
  /** How far it covers which log. */
  readonly #ends: ProvenTable;

  constructor(folder: DerivedFolder) {
    this.#folder = folder;
    this.#streams = new ProvenTable(folder, 'streams');
    this.#commits = new ProvenTable(folder, 'commits');
    this.#ends = new ProvenTable(folder, 'ends');
  }

  /** How far it covers which log. */
  end(): KnownEnd | undefined {
    if (!this.#ends.isMade) return undefined;
    const end = this.#ends.get(END);
    return end && (JSON.parse(end.toString()) as KnownEnd);
  }

  /** Lets the reads that follow see everything that was added by now, even within this turn of the event loop. */
  refresh(): void {
    this.#streams.refresh();
  }

  /** How many events a stream has, as far as the index goes. */
  count(stream: string): number {
    const first = this.#chunk(stream, 0);
    if (first === undefined) return 0;
    if (first.length < CHUNK_EVENTS) return first.length;
    const last = this.#streams.lastUpTo(chunkKey(stream, CHUNK_NUMBER_MAX)) as TableEntry;
    return readChunkKey(last.key).chunk * CHUNK_EVENTS + unpackAddresses(last.value).length;
  }

  /** Where the event at a revision begins; `LOST` when it can't be found; `undefined` when the index has none. */
  address(stream: string, revision: number): number | undefined {
    return this.#chunk(stream, Math.floor(revision / CHUNK_EVENTS))?.[revision % CHUNK_EVENTS];
  }

  /** The last commit that is known to begin at or before a position. */
  commitAt(position: number): CommitPlace | undefined {
    const place = this.#commits.lastUpTo(numberBytes(position));
    return place && { position: readNumber(place.key), address: readNumber(place.value) };
  }

  /** Where each event is. Looks at everything there is. */
  *all(): Iterable<{ stream: string; revision: number; address: number }> {
    for (const { key, value } of this.#streams.all()) {
      const { stream, chunk } = readChunkKey(key);
      for (const [index, address] of unpackAddresses(value).entries()) {
        if (address !== LOST) yield { stream, revision: chunk * CHUNK_EVENTS + index, address };
      }
    }
  }

  /**
   * Adds to it, and lets others have their turn; answers when everybody can see it. One at a time.
   *
   * @throws What LMDB says, such as that there is no room.
   */
  async add({ streams, commits, end }: IndexChange): Promise<void> {
    const chunks: TableEntry[] = [];
    for (const [stream, added] of streams) this.#extend(stream, added, chunks);
    // Not as a batch of the library's: when that fails, as on a full disk, it also rejects promises that nobody can hear.
    this.#folder.root.transactionSync(() => {
      this.#streams.put(chunks);
      this.#commits.put(
        commits.map(({ position, address }) => ({ key: numberBytes(position), value: numberBytes(address) })),
      );
      if (end !== undefined) this.#ends.put([{ key: END, value: Buffer.from(JSON.stringify(end)) }]);
    });
    this.refresh();
    await setImmediate();
  }

  /** Makes it one that covers nothing: also a new one, which can't be asked before. */
  async clear(): Promise<void> {
    for (const table of [this.#ends, this.#streams, this.#commits]) await table.clear();
    this.refresh();
  }

  #extend(stream: string, { first, addresses }: StreamAddresses, chunks: TableEntry[]): void {
    for (let done = 0; done < addresses.length;) {
      const revision = first + done;
      const number = Math.floor(revision / CHUNK_EVENTS);
      const at = revision % CHUNK_EVENTS;
      const chunk = at === 0 ? [] : (this.#chunk(stream, number) ?? []).slice(0, at);
      while (chunk.length < at) chunk.push(LOST);
      const room = CHUNK_EVENTS - at;
      for (const address of addresses.slice(done, done + room)) chunk.push(address);
      chunks.push({ key: chunkKey(stream, number), value: packAddresses(chunk) });
      done += room;
    }
  }

  #chunk(stream: string, number: number): number[] | undefined {
    const bytes = this.#streams.get(chunkKey(stream, number));
    return bytes === undefined ? undefined : unpackAddresses(bytes);
  }
}

const END = Buffer.from('end');

const CHUNK_BYTES = 4;
const SCRATCH = Buffer.alloc(STREAM_KEY_BYTES_MAX + CHUNK_BYTES);

function chunkKey(stream: string, chunk: number): Buffer {
  const end = SCRATCH.writeUInt32BE(chunk, writeStreamKey(SCRATCH, 0, stream));
  return Buffer.from(SCRATCH.subarray(0, end));
}

function readChunkKey(key: Buffer): { stream: string; chunk: number } {
  const { stream, end } = readStreamKey(key, 0);
  return { stream, chunk: key.readUInt32BE(end) };
}

/** Big-endian, so that the order of the bytes is that of the numbers. */
function numberBytes(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

function readNumber(bytes: Buffer): number {
  return Number(bytes.readBigUInt64BE(0));
}
