import type { Database } from 'lmdb';
import { CorruptStoreError } from '../../../contracts/errors.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import type { ByteSlab } from './byte-slab.js';
import { NO_REVISION } from './encoded-append.js';

/** The stored text of one event and its position, a count from 1. */
export interface PlacedText {
  position: number;
  text: string;
}

/** An event with the place that a commit gives it. */
export interface PlacedEvent {
  position: number;
  stream: string;
  revision: number;
  /** Its stored text in UTF-8. */
  text: Buffer;
}

/**
 * The ledger's three tables: `global` (position → event), `streams` (stream and revision → position) and `heads`
 * (stream → last revision). All reads within one turn of the event loop see the same snapshot, unless it is refreshed.
 */
export class LedgerTables {
  // Values are given as bytes and read as text: given a text, the library would make a small buffer for each.
  readonly #global: Database<string | Buffer, number>;
  readonly #streams: Database<string | Buffer, [string, number]>;
  readonly #heads: Database<string | Buffer, string>;
  readonly #slab: ByteSlab;

  /** @param slab Where the bytes of what is written go. */
  constructor(folder: LmdbFolder, slab: ByteSlab) {
    this.#slab = slab;
    this.#global = folder.openDatabase('global', { encoding: 'string' });
    this.#streams = folder.openDatabase('streams', { encoding: 'string' });
    this.#heads = folder.openDatabase('heads', { encoding: 'string' });
  }

  /** The position of the last event; 0 while there is none. */
  lastPosition(): number {
    for (const position of this.#global.getKeys({ reverse: true, limit: 1 })) return position;
    return 0;
  }

  /** The revision of a stream's last event. */
  head(stream: string): number {
    const revision = this.#heads.get(stream);
    return revision === undefined ? NO_REVISION : Number(revision);
  }

  /** @throws CorruptStoreError when there is none, though the stream's head says that there is. */
  textInStream(stream: string, revision: number): PlacedText {
    const position = Number(this.#streams.get([stream, revision]));
    const text = this.#global.get(position);
    if (text === undefined) throw new CorruptStoreError(`Event ${revision} of stream ${stream} is missing`);
    return { position, text: text as string };
  }

  /** Lets the reads that follow see everything that is on disk by now, even within this turn of the event loop. */
  refresh(): void {
    this.#global.resetReadTxn();
  }

  /** Positions and texts in the order of positions, from one position (inclusive) on. Must be used up within the turn. */
  texts(from: number, direction: 'forwards' | 'backwards'): Iterable<{ key: number; value: string }> {
    return this.#global.getRange({ start: from, reverse: direction === 'backwards' }) as Iterable<{
      key: number;
      value: string;
    }>;
  }

  /**
   * Writes events at successive positions and the heads of their streams, all or nothing, and waits until it is on
   * disk. Answers false, and writes nothing, when there is an event at the first position already. One at a time.
   */
  async write(events: readonly PlacedEvent[], heads: Iterable<readonly [string, number]>): Promise<boolean> {
    const [first] = events;
    if (first === undefined) return true;
    const written = this.#global.ifNoExists(first.position, () => {
      // Table by table: LMDB is done with them a good deal sooner than in turns.
      for (const { position, text } of events) void this.#global.put(position, text);
      for (const { position, stream, revision } of events) {
        void this.#streams.put([stream, revision], this.#slab.encode(String(position)));
      }
      for (const [stream, revision] of heads) {
        void this.#heads.put(stream, this.#slab.encode(String(revision)));
      }
    });
    // The library wraps what is written in one turn into a batch of its own, and begins that in a turn after this one.
    // Should it fail, its promise is rejected beside ours; unheard, that would end the process.
    setImmediate(() => void this.#global.committed.then(undefined, () => undefined));
    return written;
  }
}
