import { UnavailableError } from '../../../contracts/errors.js';
import type { CommitPlace, ReadCommit } from '../event-log/commit-reader.js';
import type { EventLog, KnownEnd } from '../event-log/event-log.js';
import type { EventRecord } from '../event-log/event-record.js';
import { LOST } from '../event-log/packed-addresses.js';
import { RecentAddresses } from '../event-log/recent-addresses.js';
import type { LostRecord } from '../event-log/salvage.js';
import type { StreamIndex } from '../event-log/stream-index.js';
import { NO_REVISION } from './encoded-append.js';

/** What of the last events a reader notes before it looks whether the index has them. */
const NOTED_EVENTS_MAX = 4_096;

/** Appends wait while the index lacks so many events: they are held in memory. */
export const NOT_INDEXED_EVENTS_MAX = 200_000;

/** The name that a lost event is given when nothing tells its stream. */
export const UNKNOWN_STREAM = 'unknown';

/**
 * The log and its index as one: events by stream and revision, and by position. The last events, which the index does not
 * have yet, are noted in memory: by a writer as it writes them, by a reader when it comes upon them.
 */
export class LedgerView {
  readonly log: EventLog;
  readonly #index: StreamIndex | undefined;
  #old: RecentAddresses | undefined;
  #young: RecentAddresses;
  /** Where a reader goes on noting. */
  #next: CommitPlace;
  /** Up to where `#old` goes. */
  #oldEnd = 0;
  readonly #lost = new Map<number, EventRecord>();

  /**
   * @param index Covers the log up to `indexed`; without one a reader notes all events, while they are not too many.
   * @param notes Whether it looks for itself what is new in the log, as a reader does.
   */
  constructor(
    log: EventLog,
    index: StreamIndex | undefined,
    indexed: CommitPlace,
    private readonly notes: boolean,
  ) {
    this.log = log;
    this.#index = index;
    this.#next = indexed;
    this.#young = new RecentAddresses();
  }

  /** The revision of a stream's last event. */
  head(stream: string): number {
    const recent = this.#young.head(stream) ?? this.#old?.head(stream);
    if (recent !== undefined) return recent;
    const count = this.#index?.count(stream) ?? 0;
    return count === 0 ? NO_REVISION : count - 1;
  }

  /** The event at a revision that the stream has; one that can't be read is `damaged`. */
  record(stream: string, revision: number): EventRecord {
    const address = this.#address(stream, revision);
    const record = address === undefined || address === LOST ? undefined : this.log.record(address);
    if (record !== undefined && record.stream === stream && record.revision === revision) return record;
    return { address: address ?? LOST, position: 0, stream, revision, payload: undefined };
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
    const records = [...commit.records, ...commit.lost.map((lost) => this.#lostRecord(lost, commit, head))];
    records.sort((one, other) => one.position - other.position);
    return { records, next: commit.next };
  }

  /** Lets what follows see everything that is on disk by now. */
  refresh(): void {
    if (!this.notes) return;
    const end = this.log.refresh();
    if (this.#next.position > end.position) return;
    this.#index?.refresh();
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
      this.#index?.commitAt(position) ??
      this.log.commits.first()
    );
  }

  #address(stream: string, revision: number): number | undefined {
    for (const recent of [this.#young.streams.get(stream), this.#old?.streams.get(stream)]) {
      if (recent !== undefined && revision >= recent.first) return recent.addresses[revision - recent.first];
    }
    return this.#index?.address(stream, revision);
  }

  /** A reader's notes: what the index has by now is not needed, and what it lacks is never more than the writer allows. */
  #forgetIndexed(): void {
    const indexed: Pick<KnownEnd, 'position' | 'address'> = this.#index?.end() ?? { position: 0, address: 0 };
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

  /**
   * What is known of an event that can't be read: by the index, or else by what it says of itself, where that is what comes
   * next in its stream. Looks through the whole index, once for each.
   */
  #lostRecord(
    { position, from, to }: LostRecord,
    commit: ReadCommit,
    head: (stream: string) => number,
  ): EventRecord {
    const known = this.#lost.get(position);
    if (known !== undefined) return known;
    const lost = commit.lost.filter((other) => other.from === from && other.to === to);
    const found = [...(this.#index?.within(from, to) ?? []), ...this.#notedWithin(from, to)];
    found.sort((one, other) => one.address - other.address);
    for (const [at, { position, claim }] of lost.entries()) {
      const place = found.length === lost.length ? found[at] : nextInStream(claim, position, commit, head);
      const { stream, revision, address } = place ?? { stream: UNKNOWN_STREAM, revision: 0, address: LOST };
      this.#lost.set(position, { address, position, stream, revision, payload: undefined });
    }
    return this.#lost.get(position) as EventRecord;
  }

  *#notedWithin(from: number, to: number): Iterable<{ stream: string; revision: number; address: number }> {
    for (const recent of [this.#old, this.#young]) {
      for (const [stream, { first, addresses }] of recent?.streams ?? []) {
        for (const [at, address] of addresses.entries()) {
          if (address >= from && address < to) yield { stream, revision: first + at, address };
        }
      }
    }
  }
}

/** What a damaged record says of itself, when it is the event that comes next in its stream. */
function nextInStream(
  claim: LostRecord['claim'],
  position: number,
  { records }: ReadCommit,
  head: (stream: string) => number,
): LostRecord['claim'] {
  if (claim === undefined) return undefined;
  const before = records
    .filter((record) => record.stream === claim.stream && record.position < position)
    .at(-1);
  return claim.revision === (before?.revision ?? head(claim.stream)) + 1 ? claim : undefined;
}
