import type { CommitPlace } from './commit-reader.js';
import type { EventRecord } from './event-record.js';
import type { StreamAddresses } from './stream-index.js';

/** Commits that begin closer to each other than this are found from the one before. */
const BYTES_BETWEEN_COMMITS = 64 * 1024;

/** The last events of the log, which the index does not have yet: where those of each stream begin. */
export class RecentAddresses {
  readonly streams = new Map<string, StreamAddresses>();
  /** Where some commits begin. */
  readonly commits: CommitPlace[] = [];
  /** How many events it has. */
  events = 0;
  #lastCommit: number;

  /** @param lastCommit The address of the last commit that the index, or whoever comes before, has. */
  constructor(lastCommit = -Infinity) {
    this.#lastCommit = lastCommit;
  }

  get lastCommit(): number {
    return this.#lastCommit;
  }

  /** Notes a commit; those that begin near one that is noted are left out. */
  addCommit(place: CommitPlace): void {
    if (place.address - this.#lastCommit < BYTES_BETWEEN_COMMITS) return;
    this.#lastCommit = place.address;
    this.commits.push(place);
  }

  /** Notes an event; those of a stream come in their order. */
  add({ stream, revision, address }: Pick<EventRecord, 'stream' | 'revision' | 'address'>): void {
    this.events++;
    const known = this.streams.get(stream);
    if (known === undefined) {
      this.streams.set(stream, { first: revision, addresses: [address] });
      return;
    }
    // One between was lost.
    while (known.first + known.addresses.length < revision) known.addresses.push(0);
    known.addresses.push(address);
  }

  /** The revision of a stream's last event that is noted. */
  head(stream: string): number | undefined {
    const known = this.streams.get(stream);
    return known && known.first + known.addresses.length - 1;
  }

  /** The last commit that begins at or before a position, among those that are noted. */
  commitAt(position: number): CommitPlace | undefined {
    let [low, high] = [-1, this.commits.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.commits[middle] as CommitPlace).position <= position) low = middle;
      else high = middle - 1;
    }
    return this.commits[low];
  }
}
