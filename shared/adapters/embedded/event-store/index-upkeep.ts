import { UnavailableError } from '../../../contracts/errors.js';
import type { CommitPlace } from '../event-log/commit-reader.js';
import type { KnownEnd } from '../event-log/event-log.js';
import { RecentAddresses } from '../event-log/recent-addresses.js';
import type { StreamIndex } from '../event-log/stream-index.js';
import { NOT_INDEXED_EVENTS_MAX, UNKNOWN_STREAM, type LedgerView } from './ledger-view.js';

/** The index is brought up to date once so many events are not in it, or so long after the first of them. */
const GATHERED_EVENTS_MAX = 16_384;
const GATHER_MS = 1_000;

/** So many streams go into one transaction: putting them together takes a few milliseconds, in which nothing else is done. */
const STREAMS_PER_WRITE = 1_000;

/** Indexed at once while an index is made from the log. */
const REBUILD_EVENTS = 50_000;

/**
 * Keeps a writer's index up with its log. It lags behind: what it does not have is found in memory, and is read again from
 * the log by the next writer. So the many events of a second cost one write for each stream that they are of.
 */
export class IndexUpkeep {
  readonly #index: StreamIndex;
  readonly #view: LedgerView;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed = false;
  /** Where the last commit begins, which tells the log that the index covers. */
  #lastCommit: number;
  /** What could not be written, and up to where it goes. */
  #failed: { notes: RecentAddresses; end: KnownEnd } | undefined;

  /** @param lastCommit As `KnownEnd.lastCommit` of the index as it is. */
  constructor(index: StreamIndex, view: LedgerView, lastCommit: number) {
    this.#index = index;
    this.#view = view;
    this.#lastCommit = lastCommit;
  }

  /**
   * Waits until the index lacks fewer events than the most that are held in memory.
   *
   * @throws UnavailableError when it lacks so many because it can't be written.
   */
  async room(): Promise<void> {
    while (this.#view.notIndexed >= NOT_INDEXED_EVENTS_MAX) {
      if (this.#failure !== undefined) {
        throw new UnavailableError(`The ledger's index can't be written: ${this.#failure.message}`);
      }
      await this.#write();
    }
  }

  /** Has the index follow a commit that begins at this address, soon. */
  committed(address: number): void {
    this.#lastCommit = address;
    if (this.#closed || this.#writing !== undefined) return;
    if (this.#view.notIndexed >= GATHERED_EVENTS_MAX) void this.#write();
    else this.#timer ??= setTimeout(() => void this.#write(), GATHER_MS).unref();
  }

  /** Brings it up to date and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  /** Never fails: what could not be written is tried again later. */
  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return (this.#writing ??= this.#writeNotes().finally(() => (this.#writing = undefined)));
  }

  async #writeNotes(): Promise<void> {
    const { log } = this.#view;
    // Everything before this is in memory or in the index.
    const end: KnownEnd = { ...log.end, ledgerId: log.ledgerId, lastCommit: this.#lastCommit };
    try {
      const notes = this.#view.takeNotes();
      if (notes.events === 0) return this.#view.indexed();
      await addToIndex(this.#index, notes, notes === this.#failed?.notes ? this.#failed.end : end);
      this.#view.indexed();
      this.#failure = this.#failed = undefined;
    } catch (error) {
      this.#failure = error as Error;
      this.#failed ??= { notes: this.#view.takeNotes(), end };
      if (!this.#closed) this.#timer = setTimeout(() => void this.#write(), GATHER_MS).unref();
    }
  }
}

/**
 * Adds to an index what the log has beyond it, from one place to its end.
 *
 * @param told Is called now and then with the position that it has come to.
 */
export async function catchUp(
  index: StreamIndex,
  view: LedgerView,
  from: CommitPlace,
  lastCommit: number,
  told: (position: number) => void = () => undefined,
): Promise<number> {
  const { log } = view;
  let place = from;
  let last = lastCommit;
  while (place.position <= log.end.position) {
    const notes = new RecentAddresses();
    while (place.position <= log.end.position && notes.events < REBUILD_EVENTS) {
      const { records, next } = view.read(place, (stream) => notes.head(stream) ?? view.head(stream));
      notes.addCommit(place);
      // Where nothing tells the stream of a lost event, nothing is found by its name.
      for (const record of records) if (record.stream !== UNKNOWN_STREAM) notes.add(record);
      last = place.address;
      place = next;
    }
    told(place.position - 1);
    const chain = log.chainBefore(place);
    const covered = { position: place.position - 1, address: place.address, lastCommit: last };
    await addToIndex(index, notes, chain && { ...covered, ...chain, ledgerId: log.ledgerId });
  }
  return last;
}

/**
 * Notes in memory what the log has from one place to its end, for an index that can't be written now.
 *
 * @returns As `KnownEnd.lastCommit`.
 * @throws UnavailableError when it is more than is held in memory.
 */
export function noteFrom(view: LedgerView, from: CommitPlace, lastCommit: number): number {
  const { log } = view;
  let place = from;
  let last = lastCommit;
  while (place.position <= log.end.position) {
    if (view.notIndexed >= NOT_INDEXED_EVENTS_MAX)
      throw new UnavailableError(
        "The ledger's index can't be written, and lacks too much to be held in memory",
      );
    const { records, next } = view.read(place);
    view.wrote(place, records);
    last = place.address;
    place = next;
  }
  return last;
}

/** Adds notes in several writes; the last one says that they are there. */
async function addToIndex(
  index: StreamIndex,
  notes: RecentAddresses,
  end: KnownEnd | undefined,
): Promise<void> {
  let slice: [string, { first: number; addresses: number[] }][] = [];
  for (const entry of notes.streams) {
    slice.push(entry);
    if (slice.length < STREAMS_PER_WRITE) continue;
    await index.add({ streams: slice, commits: [] });
    slice = [];
  }
  await index.add({ streams: slice, commits: notes.commits, ...(end !== undefined && { end }) });
}
