import { UnavailableError } from '../../../core/contracts/errors.js';
import { diskReason } from '../disk-errors.js';
import type { KnownEnd } from '../event-log/event-log.js';
import type { RecentAddresses } from '../event-log/recent-addresses.js';
import { addToIndex, rebuild } from './index-rebuild.js';
import type { LedgerIndex } from './ledger-index.js';
import { NOT_INDEXED_EVENTS_MAX, type LedgerView } from './ledger-view.js';

/** The index is brought up to date once so many events are not in it, or so long after the first of them. */
const GATHERED_EVENTS_MAX = 16_384;
const GATHER_MS = 1_000;

/**
 * Keeps a writer's index up with its log. It lags behind: what it does not have is found in memory, and is read again from
 * the log by the next writer. So the many events of a second cost one write for each stream that they are of.
 */
export class IndexUpkeep {
  readonly #index: LedgerIndex;
  readonly #view: LedgerView;
  /** Readers of other threads and processes may find that something in the index is wrong. */
  readonly #watch: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #rebuilding: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed = false;
  /** Where the last commit begins, which tells the log that the index covers. */
  #lastCommit: number;
  /** What could not be written, and up to where it goes. */
  #failed: { notes: RecentAddresses; end: KnownEnd } | undefined;

  /** @param lastCommit As `KnownEnd.lastCommit` of the index as it is. */
  constructor(index: LedgerIndex, view: LedgerView, lastCommit: number) {
    this.#index = index;
    index.whenInDoubt = () => this.#rebuild();
    this.#watch = setInterval(() => index.hearOfDoubt(), GATHER_MS).unref();
    this.#view = view;
    this.#lastCommit = lastCommit;
  }

  /**
   * Waits until the index lacks fewer events than the most that are held in memory.
   *
   * @throws UnavailableError when it lacks so many because it can't be written, or is in doubt.
   */
  async room(): Promise<void> {
    this.#index.check();
    while (this.#view.notIndexed >= NOT_INDEXED_EVENTS_MAX) {
      if (this.#failure !== undefined) {
        throw new UnavailableError(`The ledger's index can't be written: ${diskReason(this.#failure)}`);
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
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    await this.#rebuilding;
    await this.#writing;
    await this.#write();
  }

  /** Never fails: what could not be written is tried again later. */
  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return (this.#writing ??= this.#writeNotes().finally(() => (this.#writing = undefined)));
  }

  /** Makes again an index that is in doubt. What was noted since is noted in it later, where it is not there by then. */
  #rebuild(): void {
    if (this.#closed) return;
    this.#rebuilding ??= Promise.resolve(this.#writing)
      .then(() => rebuild(this.#index, this.#view.log))
      // Whoever asks next has it tried again.
      .then(undefined, (error: Error) => void (this.#failure = error))
      .then(() => (this.#rebuilding = undefined));
  }

  async #writeNotes(): Promise<void> {
    if (this.#index.isInDoubt) return;
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
