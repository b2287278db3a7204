import { EventEmitter } from 'node:events';
import { LogFile } from './log-file.mjs';

/** What a record takes in the real log beside its texts, roughly: positions are byte offsets, and not consecutive. */
const RECORD_BYTES = 120;

/** After so many events the server writes one about itself, as the real one does now and then. */
const EVENTS_PER_SYSTEM_EVENT = 100;

export const NO_STREAM = -1;

/** @typedef {{stream: string, revision: number, position: number, next: number, id: string, type: string,
 *   contentType: string, data: Buffer, metadata: Buffer, created: string, system: boolean}} LoggedEvent */

/**
 * The events in the order of their positions. An append is decided at once on everything before it, becomes visible when
 * it is in the file (if there is one), and is answered then. Appends that come meanwhile share the next write. The repeat
 * of what is not visible yet is dropped, as the real server does.
 */
export class EventLog extends EventEmitter {
  /** @type {LoggedEvent[]} */
  events = [];
  /** How many of `events` readers may see. */
  visible = 0;
  /** How many appends were dropped as repeats of what was not visible yet. */
  dropped = 0;
  #streams = new Map();
  #end = 0;
  #file;
  #waiting = [];
  #writing = false;
  #held = false;
  #cuts = new Map();

  /** @param {string | undefined} path of a file that keeps the events; without it they are gone with the process. */
  constructor(path) {
    super();
    this.setMaxListeners(0);
    this.#file = path === undefined ? undefined : new LogFile(path);
    this.#addSystemEvent('$user-admin', '$UserCreated');
    for (const event of this.#file?.read() ?? []) this.#add(event);
    this.visible = this.events.length;
  }

  /** The visible events of a stream. @returns {LoggedEvent[] | undefined} */
  stream(name) {
    const events = this.#streams.get(name);
    if (events === undefined || events[0].index >= this.visible) return undefined;
    const first = this.#cuts.get(name) ?? 0;
    if (events.at(-1).index < this.visible && first === 0) return events;
    return events.filter(({ index, revision }) => index < this.visible && revision >= first);
  }

  /** Shows the events of a stream from a revision on only, as `$tb`, `$maxCount` and `$maxAge` do. */
  cut(name, firstRevision) {
    this.#cuts.set(name, firstRevision);
  }

  /** Where the last visible event is. */
  lastPosition() {
    return this.events[this.visible - 1].position;
  }

  /** The index of the first visible event at or after a position. */
  indexFrom(position) {
    let [low, high] = [0, this.visible];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle].position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * @param {string} stream
   * @param {number | 'any' | 'stream_exists'} expected the last revision, `NO_STREAM` for none
   * @param {{id: string, type: string, contentType: string, data: Buffer, metadata: Buffer}[]} proposed
   * @returns {Promise<{revision: number, position: number | undefined} | {actual: number} | {dropped: true}>}
   */
  append(stream, expected, proposed) {
    const before = this.events.length;
    const outcome = this.#decide(stream, expected, proposed);
    if ('dropped' in outcome) {
      this.dropped++;
      this.emit('dropped');
      return Promise.resolve(outcome);
    }
    const added = this.events.slice(before);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ added, visible: this.events.length, resolve: () => resolve(outcome), reject });
      if (!this.#writing) void this.#write();
    });
  }

  #decide(stream, expected, proposed) {
    const standing = this.#streams.get(stream) ?? [];
    const actual = standing.length - 1;
    if (expected === 'stream_exists' && actual === NO_STREAM) return { actual };
    if (typeof expected === 'number' && expected !== actual) {
      // Idempotence is by id and place alone: the real server does not look at the content.
      const there = standing.slice(expected + 1, expected + 1 + proposed.length);
      const same = there.length === proposed.length && there.every(({ id }, i) => id === proposed[i].id);
      if (expected > actual || !same) return { actual };
      const { revision, position, index } = there.at(-1);
      return index < this.visible ? { revision, position } : { dropped: true };
    }
    const created = `${BigInt(Date.now()) * 10_000n}`;
    for (const event of proposed) this.#add({ ...event, stream, created });
    const { revision, position } = this.events.at(-1);
    if (this.events.length % EVENTS_PER_SYSTEM_EVENT < proposed.length) {
      this.#addSystemEvent('$stats-127.0.0.1:2113', '$statsCollected');
    }
    return { revision, position };
  }

  #add({ stream, id, type, contentType, data, metadata, created }) {
    const standing = this.#streams.get(stream) ?? [];
    if (standing.length === 0) this.#streams.set(stream, standing);
    const bytes = RECORD_BYTES + stream.length + type.length + data.length + metadata.length;
    const place = { index: this.events.length, revision: standing.length, position: this.#end };
    const next = this.#end + bytes;
    const system = stream.startsWith('$');
    const event = { ...place, next, stream, id, type, contentType, data, metadata, created, system };
    this.#end = next;
    standing.push(event);
    this.events.push(event);
  }

  #addSystemEvent(stream, type) {
    const id = `00000000-0000-4000-8000-${String(this.events.length).padStart(12, '0')}`;
    const contentType = 'application/json';
    this.#add({
      stream,
      id,
      type,
      contentType,
      data: Buffer.from('{}'),
      metadata: Buffer.from(''),
      created: '0',
    });
  }

  /** Commits nothing from now on, or again what has come meanwhile and what comes. */
  holdCommits(held) {
    this.#held = held;
    if (!held && !this.#writing) void this.#write();
  }

  async #write() {
    this.#writing = true;
    // What comes within the same turn of the event loop shares a write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0 && !this.#held) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file?.append(group.flatMap(({ added }) => added));
        this.visible = group.at(-1).visible;
        for (const { resolve } of group) resolve();
        this.emit('appended');
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#writing = false;
  }
}
