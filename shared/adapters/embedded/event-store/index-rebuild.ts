import { UnavailableError } from '../../../core/contracts/errors.js';
import type { TellLine } from '../../../core/ports/logger.js';
import { isDiskFull } from '../disk-errors.js';
import type { CommitPlace } from '../event-log/commit-reader.js';
import type { EventLog, KnownEnd } from '../event-log/event-log.js';
import { RecentAddresses } from '../event-log/recent-addresses.js';
import type { LedgerIndex } from './ledger-index.js';
import { LedgerView, NOT_INDEXED_EVENTS_MAX } from './ledger-view.js';
import { UNKNOWN_STREAM } from './lost-events.js';

/** So many streams go into one transaction: it takes some milliseconds, in which nothing else is done. */
const STREAMS_PER_WRITE = 250;

/** Indexed at once while an index is made from the log. */
const REBUILD_EVENTS = 50_000;

/** What is opened together. */
export interface OpenedLedger {
  log: EventLog;
  index: LedgerIndex;
  /** Of all that the log has. */
  view: LedgerView;
  told: TellLine;
}

/**
 * Adds to an index, before anybody is served, what the log has beyond it, or makes it again where it says something that can't
 * be right. A disk that is full keeps nobody from reading: what there is no room for is held in memory.
 *
 * @param known How far it covers this log; `undefined` when it does not.
 * @returns As `KnownEnd.lastCommit`.
 * @throws UnavailableError when there is no room, and it is more than is held in memory.
 */
export async function bringUpToDate(ledger: OpenedLedger, known: KnownEnd | undefined): Promise<number> {
  const { index, log } = ledger;
  if (known !== undefined) {
    const from = { position: known.position + 1, address: known.address };
    const lastCommit = await catchUpOrHold(ledger, from, known.lastCommit).catch((error: unknown) => {
      if (!index.isInDoubt) throw error;
    });
    if (lastCommit !== undefined) return lastCommit;
  }
  index.adopt(await index.renew());
  return catchUpOrHold(ledger, log.commits.first(), 0);
}

async function catchUpOrHold(
  { log, index, view, told }: OpenedLedger,
  from: CommitPlace,
  lastCommit: number,
): Promise<number> {
  try {
    return await catchUp(index, log, from, lastCommit);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    const text = "The index of the ledger can't be written, and is held in memory: the disk is full";
    told('ledger_index_in_memory', text);
    return noteFrom(view, from, lastCommit);
  }
}

/** Makes an index again from the whole log. */
export async function rebuild(index: LedgerIndex, log: EventLog): Promise<number> {
  const fresh = await index.renew();
  const lastCommit = await catchUp(fresh, log, log.commits.first(), 0);
  index.adopt(fresh);
  return lastCommit;
}

/** Adds to an index what the log has from one place to its end. */
async function catchUp(
  index: LedgerIndex,
  log: EventLog,
  from: CommitPlace,
  lastCommit: number,
): Promise<number> {
  const view = new LedgerView(log, index, from, false);
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
    const chain = log.chainBefore(place);
    const covered = { position: place.position - 1, address: place.address, lastCommit: last };
    await addToIndex(index, notes, chain && { ...covered, ...chain, ledgerId: log.ledgerId });
  }
  return last;
}

/** Notes in memory what the log has from one place to its end. */
function noteFrom(view: LedgerView, from: CommitPlace, lastCommit: number): number {
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
export async function addToIndex(
  index: LedgerIndex,
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
