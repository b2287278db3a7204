import { ByteSlab } from '../../../shared/adapters/embedded/event-log/byte-slab.js';
import { EventLog } from '../../../shared/adapters/embedded/event-log/event-log.js';
import { encodeRecord, type EventRecord } from '../../../shared/adapters/embedded/event-log/event-record.js';
import type { SimulatedDisk } from './simulated-disk.js';

/** An event that was given to a log to be written. */
export interface WrittenEvent {
  stream: string;
  revision: number;
  /** No other event has it. */
  number: number;
  record: Buffer;
}

/** A commit that was given to a log. */
export interface WrittenCommit {
  events: WrittenEvent[];
  /** The disk's moments in which it began and was answered. */
  begun: number;
  answered?: number;
  /** Of its first event; `undefined` while it is not acknowledged. */
  position?: number;
}

const SEGMENT_BYTES_MAX = 12_000;
/** Some commits are larger, and many of them fit in. */
const ROOM_BYTES = 3_000;
const STREAMS = 7;

/** A program that writes to a log on a simulated disk, is killed now and then, and starts again. */
export class LogRun {
  readonly commits: WrittenCommit[] = [];
  readonly #slab = new ByteSlab();
  #log: EventLog | undefined;
  #heads = new Map<string, number>();
  #number: number;

  /** @param before How many events were written before: each has a number of its own. */
  constructor(
    private readonly disk: SimulatedDisk,
    private readonly random: () => number,
    before = 0,
  ) {
    this.#number = before;
  }

  /** How many events were given to the log, with those before. */
  get written(): number {
    return this.#number;
  }

  get log(): EventLog {
    return this.#log as EventLog;
  }

  /** Opens the log; answers what it holds. */
  async start(): Promise<ReadEvent[]> {
    this.#log = await EventLog.open('/ledger', {
      files: this.disk,
      segmentBytesMax: SEGMENT_BYTES_MAX,
      roomBytes: ROOM_BYTES,
    });
    const found = contentOf(this.#log);
    this.#heads = new Map(found.map(({ stream, revision }) => [stream, revision]));
    return found;
  }

  /** Writes a commit of random size; answers whether it is acknowledged. */
  async write(): Promise<boolean> {
    const commit = this.#plan();
    this.commits.push(commit);
    const position = this.log.end.position + 1;
    try {
      await this.log.append(commit.events.map(({ record }) => record));
    } catch {
      commit.answered = this.disk.record.moment;
      return false;
    }
    commit.answered = this.disk.record.moment;
    commit.position = position;
    for (const { stream, revision } of commit.events) this.#heads.set(stream, revision);
    return true;
  }

  /** Has the process killed in the middle of a commit: some of its bytes are in the system's memory. */
  async killWhileWriting(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.disk.killAt = (bytes) => {
        this.disk.killAt = () => undefined;
        setImmediate(resolve);
        return this.random() < 0.4 ? bytes.length : Math.floor(this.random() * bytes.length);
      };
      void this.write();
    });
  }

  stop(): void {
    this.log.close();
  }

  #plan(): WrittenCommit {
    const heads = new Map(this.#heads);
    const count = this.random() < 0.5 ? 1 : 1 + Math.floor(this.random() * 12);
    const events = Array.from({ length: count }, () => {
      const stream = `stream-${Math.floor(this.random() * STREAMS)}`;
      const revision = (heads.get(stream) ?? -1) + 1;
      heads.set(stream, revision);
      return this.#event(stream, revision);
    });
    return { events, begun: this.disk.record.moment };
  }

  #event(stream: string, revision: number): WrittenEvent {
    const number = ++this.#number;
    const length = Math.floor(this.random() * (this.random() < 0.05 ? 9_000 : 300));
    const data = JSON.stringify({ filler: 'ü'.repeat(length) });
    const event = { id: String(number), type: 'Tested', data, metadata: '{}' };
    return { stream, revision, number, record: encodeRecord(stream, revision, event, this.#slab) };
  }
}

/** What a log gives to be read. */
export interface ReadEvent {
  position: number;
  stream: string;
  revision: number;
  number: number;
}

/** All events of a log in their order. Throws when anything of it is damaged. */
export function contentOf(log: EventLog): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let place = log.commits.first(); place.position <= log.end.position;) {
    const { records, damaged, next } = log.commits.read(place, log.end);
    if (damaged) throw new Error(`The commit at position ${place.position} is damaged`);
    events.push(...records.map(asRead));
    place = next;
  }
  return events;
}

function asRead({ position, stream, revision, payload }: EventRecord): ReadEvent {
  // The id is the last member of what is stored; that of others is not needed here.
  const end = payload?.toString('latin1', Math.max(0, payload.length - 12)) ?? '';
  return { position, stream, revision, number: Number(/"(\d+)"\]$/.exec(end)?.[1]) };
}

/**
 * Says what is wrong with what a log holds after a power cut at a moment, given what was written to it: every acknowledged
 * event is in its place, each other commit whole or absent, nothing there twice or between.
 *
 * @param before What it had held before that.
 */
export function faultsAfterCut(
  found: readonly ReadEvent[],
  commits: readonly WrittenCommit[],
  moment: number,
  before: readonly ReadEvent[] = [],
): string[] {
  const faults: string[] = [];
  const heads = new Map<string, number>();
  const positions = new Map<number, number>();
  for (const [at, { position, stream, revision, number }] of found.entries()) {
    if (position !== at + 1) faults.push(`position ${position} stands as number ${at + 1}`);
    if (revision !== (heads.get(stream) ?? -1) + 1) faults.push(`${stream}@${revision} is out of order`);
    heads.set(stream, revision);
    if (positions.has(number)) faults.push(`event ${number} is there twice`);
    positions.set(number, position);
  }
  for (const { number, position } of before) {
    if (positions.get(number) !== position) faults.push(`event ${number} was there and is gone`);
    positions.delete(number);
  }
  for (const { events, begun, answered, position } of commits) {
    if (begun > moment) break;
    const places = events.map(({ number }) => positions.get(number));
    for (const { number } of events) positions.delete(number);
    const first = places[0];
    const isWhole = places.every((place, at) => place === (first ?? NaN) + at);
    const isAbsent = places.every((place) => place === undefined);
    if (!isWhole && !isAbsent) faults.push(`the commit of event ${events[0]?.number} is there by half`);
    const isAcknowledged = position !== undefined && (answered ?? Infinity) <= moment;
    if (isAcknowledged && first !== position)
      faults.push(`event ${events[0]?.number} was acknowledged and is gone`);
  }
  for (const number of positions.keys()) faults.push(`event ${number} was never written`);
  return faults;
}
