import { UnavailableError } from '../../../core/contracts/errors.js';
import type { CommitPlace } from '../event-log/commit-reader.js';
import type { EventLog, KnownEnd } from '../event-log/event-log.js';
import type { EventRecord } from '../event-log/event-record.js';
import { LOST } from '../event-log/packed-addresses.js';
import { RecentAddresses } from '../event-log/recent-addresses.js';
import { NO_REVISION } from './encoded-append.js';
import type { LedgerIndex } from './ledger-index.js';
import { LostEvents, UNKNOWN_STREAM, type EventPlace } from './lost-events.js';

/** What of the last events a reader notes before it looks whether the index has them. */
const NOTED_EVENTS_MAX = 4_096;

/** Appends wait while the index lacks so many events: they are held in memory. */
export const NOT_INDEXED_EVENTS_MAX = 200_000;

/**
 * The log and its index as one: events by stream and revision, and by position. The last events, which the index does not
 * have yet, are noted in memory: by a writer as it writes them, by a reader when it comes upon them.
 */
export class LedgerView {
  readonly log: EventLog;
  readonly #index: LedgerIndex;
  readonly #lost: LostEvents;
  #old: RecentAddresses | undefined;
  #young: RecentAddresses;
  /** Where a reader goes on noting. */
  #next: CommitPlace;
  /** Up to where `#old` goes. */
  #oldEnd = 0;

  /**
   * @param index Covers the log up to `indexed`; where there is none a reader notes all events, while they are not too many.
   * @param notes Whether it looks for itself what is new in the log, as a reader does.
   */
  constructor(
    log: EventLog,
    index: LedgerIndex,
    indexed: CommitPlace,
    private readonly notes: boolean,
  ) {
    this.log = log;
    this.#index = index;
    this.#lost = new LostEvents(index);
    this.#next = indexed;
    this.#young = new RecentAddresses();
  }

  /** The revision of a stream's last event. */
  head(stream: string): number {
    const recent = this.#young.head(stream) ?? this.#old?.head(stream);
    if (recent !== undefined) return recent;
    const count = this.#index.ask((streams) => streams.count(stream)) ?? 0;
    return count === 0 ? NO_REVISION : count - 1;
  }

  /**
   * The event at a revision that the stream has; one that can't be read is `damaged`.
   *
   * @throws UnavailableError when the index, which is in doubt from then on, names a place where another event stands.
   */
  record(stream: string, revision: number): EventRecord {
    const address = this.#address(stream, revision);
    const record = address === undefined || address === LOST ? undefined : this.log.record(address);
    if (record === undefined)
      return { address: address ?? LOST, position: 0, stream, revision, payload: undefined };
    if (record.stream === stream && record.revision === revision) return record;
    throw this.#index.doubt(`event ${revision} of ${stream} is not where it says`);
  }

  /** Where the commit begins that holds a position, which the log has. */
  commitOf(position: number): CommitPlace {
    return this.commitsBefore(position).at(-1) as CommitPlace;
  }

  /** The commits from one that is known to begin at or before a position, up to that position: for reading backwards. */
  commitsBefore(position: number): CommitPlace[] {
    const places = [this.#knownCommit(position)];
    const { end } = this.log;
    for (;;) {
      const next = this.log.commits.skip(places.at(-1) as CommitPlace, end);
      if (next.position > position || next.position > end.position) return places;
      places.push(next);
    }
  }

  /**
   * Reads a commit, with an event in the place of each that is lost.
   *
   * @param head The last revision of a stream before this commit, where it is another than the view has.
   */
  read(
    place: CommitPlace,
    head = (stream: string): number => this.head(stream),
  ): { records: EventRecord[]; next: CommitPlace } {
    const commit = this.log.commits.read(place, this.log.end);
    if (commit.lost.length === 0) return commit;
    const lost = this.#lost.recordsOf(commit, () => this.#noted(), head);
    const records = [...commit.records, ...lost];
    records.sort((one, other) => one.position - other.position);
    return { records, next: commit.next };
  }

  /** Lets what follows see everything that is on disk by now. What the index is asked for while it is in doubt fails later. */
  refresh(): void {
    if (!this.notes) return;
    const end = this.log.refresh();
    if (this.#next.position > end.position && !this.#index.isInDoubt) return;
    if (this.#index.reopen()) this.#beginAfterIndex();
    if (this.#index.isInDoubt) return;
    this.#index.ask((streams) => streams.refresh());
    this.#forgetIndexed();
    while (this.#next.position <= end.position) {
      const { records, next } = this.read(this.#next);
      this.noteRead(this.#next, records, next);
    }
  }

  /** Has a reader note what somebody has just read, so that it need not read it again. */
  noteRead(place: CommitPlace, records: readonly EventRecord[], next: CommitPlace): void {
    if (!this.notes || place.position !== this.#next.position) return;
    this.wrote(place, records);
    this.#next = next;
    if (this.#young.events >= NOTED_EVENTS_MAX) this.#forgetIndexed();
  }

  /** Notes what a writer has written. */
  wrote(place: CommitPlace, events: Iterable<Pick<EventRecord, 'stream' | 'revision' | 'address'>>): void {
    this.#young.addCommit(place);
    for (const event of events) if (event.stream !== UNKNOWN_STREAM) this.#young.add(event);
  }

  /** How many events the index does not have. */
  get notIndexed(): number {
    return this.#young.events + (this.#old?.events ?? 0);
  }

  /** Hands over what was noted so far, for the index; it stays visible until `indexed`. */
  takeNotes(): RecentAddresses {
    if (this.#old !== undefined) return this.#old;
    this.#old = this.#young;
    this.#young = new RecentAddresses(this.#old.lastCommit);
    return this.#old;
  }

  /** Says that the index has what was handed over. */
  indexed(): void {
    this.#old = undefined;
  }

  #knownCommit(position: number): CommitPlace {
    return (
      this.#young.commitAt(position) ??
      this.#old?.commitAt(position) ??
      this.#indexedCommit(position) ??
      this.log.commits.firstOfSegment(position)
    );
  }

  /** What the index says, if the commit that stands there says the same, or can't be read. */
  #indexedCommit(position: number): CommitPlace | undefined {
    if (this.#index.isInDoubt) return undefined;
    const place = this.#index.ask((streams) => streams.commitAt(position));
    const found = place && this.log.commits.positionAt(place.address);
    if (found === undefined || found === place?.position) return place;
    this.#index.doubt(`the commit of position ${place?.position} is not where it says`);
    return undefined;
  }

  #address(stream: string, revision: number): number | undefined {
    for (const recent of [this.#young.streams.get(stream), this.#old?.streams.get(stream)]) {
      if (recent !== undefined && revision >= recent.first) return recent.addresses[revision - recent.first];
    }
    return this.#index.ask((streams) => streams.address(stream, revision));
  }

  /** A reader's notes: what the index has by now is not needed, and what it lacks is never more than the writer allows. */
  #forgetIndexed(): void {
    const indexed: Pick<KnownEnd, 'position' | 'address'> = this.#index.end() ?? { position: 0, address: 0 };
    if (this.log.end.position - indexed.position > 2 * NOT_INDEXED_EVENTS_MAX)
      throw new UnavailableError("The ledger's index is not there: it is made when Taskledger starts");
    if (this.#old !== undefined && indexed.address >= this.#oldEnd) this.#old = undefined;
    if (this.#old === undefined && this.#young.events >= NOTED_EVENTS_MAX) {
      this.#oldEnd = this.#next.address;
      this.takeNotes();
    }
    // Nobody asked for so long that all of it is in the index.
    if (indexed.address > this.#next.address) {
      this.#next = { position: indexed.position + 1, address: indexed.address };
      this.#old = undefined;
      this.#young = new RecentAddresses();
    }
  }

  /** Goes on with an index that has taken the place of another, or of none, and has what it says. */
  #beginAfterIndex(): void {
    const end = this.#index.end();
    const isHeld = end !== undefined && this.log.holds(end);
    if (!isHeld) this.#index.leave();
    this.#next = isHeld ? { position: end.position + 1, address: end.address } : this.log.commits.first();
    this.#old = undefined;
    this.#young = new RecentAddresses();
  }

  *#noted(): Iterable<EventPlace> {
    for (const recent of [this.#old, this.#young]) {
      for (const [stream, { first, addresses }] of recent?.streams ?? []) {
        for (const [at, address] of addresses.entries()) yield { stream, revision: first + at, address };
      }
    }
  }
}
