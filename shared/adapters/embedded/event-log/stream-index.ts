import { setImmediate } from 'node:timers/promises';
import type { Database, DatabaseOptions } from 'lmdb';
import type { DerivedFolder } from '../derived-folder.js';
import type { CommitPlace } from './commit-reader.js';
import type { KnownEnd } from './event-log.js';
import { LOST, packAddresses, unpackAddresses } from './packed-addresses.js';
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

type ChunkKey = [stream: string, chunk: number];

/**
 * Where the events of a stream are in the log, and where the commit is that a position lies in. All of it follows from the
 * log: it is not synced, compared with the log when it is opened, and made anew when it is lost or in doubt. Adding what is
 * there already changes nothing.
 */
export class StreamIndex {
  readonly #folder: DerivedFolder;
  readonly #streams: Database<Buffer, ChunkKey>;
  readonly #commits: Database<number, number>;
  readonly #meta: Database<KnownEnd, string>;

  constructor(folder: DerivedFolder) {
    this.#folder = folder;
    this.#streams = folder.openDatabase('streams', {
      encoding: 'binary',
      keyEncoder: CHUNK_KEYS,
    } as DatabaseOptions);
    this.#commits = folder.openDatabase('commits', { encoding: 'json' });
    this.#meta = folder.openDatabase('meta', { encoding: 'json' });
  }

  /** How far it covers which log. */
  end(): KnownEnd | undefined {
    return this.#meta.get('end');
  }

  /** Lets the reads that follow see everything that was added by now, even within this turn of the event loop. */
  refresh(): void {
    this.#streams.resetReadTxn();
  }

  /** How many events a stream has, as far as the index goes. */
  count(stream: string): number {
    const first = this.#chunk(stream, 0);
    if (first === undefined) return 0;
    if (first.length < CHUNK_EVENTS) return first.length;
    const last = this.#streams.getRange({
      start: [stream, CHUNK_NUMBER_MAX],
      end: [stream, 0],
      reverse: true,
      limit: 1,
    });
    for (const { key, value } of last) return key[1] * CHUNK_EVENTS + unpackAddresses(value).length;
    return first.length;
  }

  /** Where the event at a revision begins; `LOST` when it can't be found; `undefined` when the index has none. */
  address(stream: string, revision: number): number | undefined {
    return this.#chunk(stream, Math.floor(revision / CHUNK_EVENTS))?.[revision % CHUNK_EVENTS];
  }

  /** The last commit that is known to begin at or before a position. */
  commitAt(position: number): CommitPlace | undefined {
    for (const { key, value } of this.#commits.getRange({ start: position, reverse: true, limit: 1 })) {
      return { position: key, address: value };
    }
    return undefined;
  }

  /** The events whose records begin between two addresses (the second one not included). Looks at everything there is. */
  *within(from: number, to: number): Iterable<{ stream: string; revision: number; address: number }> {
    for (const { key, value } of this.#streams.getRange({ start: BEFORE_ALL })) {
      const [stream, chunk] = key;
      for (const [index, address] of unpackAddresses(value).entries()) {
        if (address >= from && address < to)
          yield { stream, revision: chunk * CHUNK_EVENTS + index, address };
      }
    }
  }

  /** Adds to it, and lets others have their turn; answers when everybody can see it. @throws What LMDB says, such as no room. */
  async add({ streams, commits, end }: IndexChange): Promise<void> {
    // Not as a batch of the library's: when that fails, as on a full disk, it also rejects promises that nobody can hear.
    this.#folder.root.transactionSync(() => {
      for (const [stream, added] of streams) this.#extend(stream, added);
      for (const { position, address } of commits) void this.#commits.put(position, address);
      if (end !== undefined) void this.#meta.put('end', end);
    });
    this.refresh();
    await setImmediate();
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await this.#meta.clearAsync();
    await Promise.all([this.#streams.clearAsync(), this.#commits.clearAsync()]);
    this.refresh();
  }

  #extend(stream: string, { first, addresses }: StreamAddresses): void {
    for (let done = 0; done < addresses.length;) {
      const revision = first + done;
      const number = Math.floor(revision / CHUNK_EVENTS);
      const at = revision % CHUNK_EVENTS;
      const chunk = at === 0 ? [] : (this.#chunk(stream, number) ?? []).slice(0, at);
      while (chunk.length < at) chunk.push(LOST);
      const room = CHUNK_EVENTS - at;
      for (const address of addresses.slice(done, done + room)) chunk.push(address);
      void this.#streams.put([stream, number], packAddresses(chunk));
      done += room;
    }
  }

  #chunk(stream: string, number: number): number[] | undefined {
    const bytes = this.#streams.get([stream, number]);
    return bytes === undefined ? undefined : unpackAddresses(bytes);
  }
}

const CHUNK_BYTES = 4;
const SCRATCH = Buffer.alloc(STREAM_KEY_BYTES_MAX + CHUNK_BYTES);

/** Less than every key; the library's own default is not. */
const BEFORE_ALL: ChunkKey = ['', -1];

const CHUNK_KEYS = {
  writeKey(key: ChunkKey, target: Buffer, start: number): number {
    const [stream, chunk] = key;
    if (key === BEFORE_ALL) {
      target[start] = 0;
      return start + 1;
    }
    // The library's own buffer is a plain byte array at times.
    const end = SCRATCH.writeUInt32BE(chunk, writeStreamKey(SCRATCH, 0, stream));
    target.set(SCRATCH.subarray(0, end), start);
    return start + end;
  },
  readKey(source: Buffer, start: number): ChunkKey {
    const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    const { stream, end } = readStreamKey(bytes, start);
    return [stream, bytes.readUInt32BE(end)];
  },
};
