import { beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidRequestError } from '../../shared/core/contracts/errors.js';
import type { EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import { asNew, collect, mustAppend, newEvent, numberedEvents, uniqueName } from './event-store-fixtures.js';

/** More than any page of a read, so that reads have to go on. */
const LONG = 2_500;

/** Reading one stream and all of them. */
export function exerciseReads(currentStore: () => EventStore): void {
  describe('readStream', () => {
    let stream: string;
    const revisions = async (events: AsyncIterable<RecordedEvent>) =>
      (await collect(events)).map(({ revision }) => revision);

    beforeEach(async () => {
      stream = uniqueName();
      // A neighbour on either side in any order of names.
      for (const name of [stream, `${stream}!`, stream.slice(0, -1), `${stream}-1`]) {
        await mustAppend(currentStore(), name, 'no_stream', numberedEvents(name, 5));
      }
    });

    it('gives a stream forwards and backwards', async () => {
      const store = currentStore();
      const forwards = await collect(store.readStream(stream));
      expect(forwards.map((event) => event.stream)).toEqual(Array(5).fill(stream));
      expect(forwards.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
      expect(await collect(store.readStream(stream, { direction: 'backwards' }))).toEqual(
        [...forwards].reverse(),
      );
    });

    it('gives nothing for a stream that does not exist', async () => {
      expect(await revisions(currentStore().readStream(uniqueName()))).toEqual([]);
      expect(await revisions(currentStore().readStream(uniqueName(), { direction: 'backwards' }))).toEqual(
        [],
      );
    });

    it('starts where it is told and stops when it has enough', async () => {
      const store = currentStore();
      const direction = 'backwards';
      expect(await revisions(store.readStream(stream, { fromRevision: 3 }))).toEqual([3, 4]);
      expect(await revisions(store.readStream(stream, { fromRevision: 1, limit: 2 }))).toEqual([1, 2]);
      expect(await revisions(store.readStream(stream, { fromRevision: 5 }))).toEqual([]);
      expect(await revisions(store.readStream(stream, { limit: 0 }))).toEqual([]);
      expect(await revisions(store.readStream(stream, { direction, fromRevision: 3 }))).toEqual([3, 2, 1, 0]);
      expect(await revisions(store.readStream(stream, { direction, fromRevision: 3, limit: 2 }))).toEqual([
        3, 2,
      ]);
      expect(await revisions(store.readStream(stream, { direction, fromRevision: 99, limit: 1 }))).toEqual([
        4,
      ]);
      expect(await revisions(store.readStream(stream, { direction, limit: 1 }))).toEqual([4]);
    });

    it('refuses a start or a limit that is none', async () => {
      const store = currentStore();
      await expect(collect(store.readStream(stream, { fromRevision: -1 }))).rejects.toThrow(
        InvalidRequestError,
      );
      await expect(collect(store.readStream(stream, { limit: 1.5 }))).rejects.toThrow(InvalidRequestError);
    });

    it('gives a long stream whole, and ends without an error in the middle of it', async () => {
      const store = currentStore();
      const long = uniqueName();
      for (let first = 0; first < LONG; first += 500) {
        await mustAppend(
          store,
          long,
          first === 0 ? 'no_stream' : first - 1,
          numberedEvents(long, 500, first),
        );
      }
      const all = Array.from({ length: LONG }, (_, revision) => revision);
      expect(await revisions(store.readStream(long))).toEqual(all);
      expect(await revisions(store.readStream(long, { direction: 'backwards' }))).toEqual(all.reverse());
      const abort = new AbortController();
      const seen: number[] = [];
      for await (const { revision } of store.readStream(long, {}, abort.signal)) {
        seen.push(revision);
        if (revision === 1_200) abort.abort();
      }
      expect(seen).toHaveLength(1_201);
      expect(await collect(store.readStream(long, {}, abort.signal))).toEqual([]);
    });

    it('gives large events whole', async () => {
      const store = currentStore();
      const name = uniqueName();
      const events = Array.from({ length: 12 }, (_, number) =>
        newEvent({ number, text: 'é'.repeat(120_000) }),
      );
      for (const [index, event] of events.entries()) {
        await mustAppend(store, name, index === 0 ? 'no_stream' : index - 1, [event]);
      }
      expect(asNew(await collect(store.readStream(name)))).toEqual(events);
    });
  });

  describe('readAll', () => {
    let prefix: string;
    let recorded: RecordedEvent[];

    beforeEach(async () => {
      const store = currentStore();
      prefix = uniqueName('all');
      for (let number = 0; number < 6; number++) {
        const stream = `${prefix}-${number % 2 === 0 ? 'even' : 'odd'}`;
        await mustAppend(
          store,
          stream,
          number < 2 ? 'no_stream' : (number >> 1) - 1,
          numberedEvents(stream, 1, number),
        );
        await mustAppend(store, uniqueName('else'), 'no_stream', numberedEvents(stream, 1, number));
      }
      recorded = await collect(store.readAll({ streamPrefix: prefix }));
    });

    const numbers = async (events: AsyncIterable<RecordedEvent>) =>
      (await collect(events)).map(({ data }) => data['number']);

    it('gives all streams in the order of appending, forwards and backwards', async () => {
      const store = currentStore();
      expect(recorded.map(({ data }) => data['number'])).toEqual([0, 1, 2, 3, 4, 5]);
      const backwards = await collect(store.readAll({ streamPrefix: prefix, direction: 'backwards' }));
      expect(backwards).toEqual([...recorded].reverse());
      const start = recorded[0]?.position as string;
      const everything = await collect(store.readAll({ fromPosition: start }));
      expect(everything).toHaveLength(11);
      expect(everything.map(({ position }) => position)).toEqual(
        everything.map(({ position }) => position).sort(),
      );
    });

    it('gives one stream as reading that stream does', async () => {
      const store = currentStore();
      const even = `${prefix}-even`;
      expect(await collect(store.readAll({ streamPrefix: even }))).toEqual(
        await collect(store.readStream(even)),
      );
    });

    it('starts after or before a position, that one not included', async () => {
      const store = currentStore();
      const streamPrefix = prefix;
      const fromPosition = recorded[2]?.position as string;
      const direction = 'backwards';
      expect(await numbers(store.readAll({ streamPrefix, fromPosition }))).toEqual([3, 4, 5]);
      expect(await numbers(store.readAll({ streamPrefix, fromPosition, direction }))).toEqual([1, 0]);
      expect(await numbers(store.readAll({ streamPrefix, fromPosition, limit: 2 }))).toEqual([3, 4]);
      expect(await numbers(store.readAll({ streamPrefix, fromPosition, direction, limit: 1 }))).toEqual([1]);
      expect(await numbers(store.readAll({ streamPrefix, limit: 0 }))).toEqual([]);
      const last = (await store.lastPosition()) as string;
      expect(await numbers(store.readAll({ fromPosition: last }))).toEqual([]);
    });

    it('gives many events whole, and ends without an error in the middle of them', async () => {
      const store = currentStore();
      const before = (await store.lastPosition()) as string;
      const long = uniqueName('long');
      for (let first = 0; first < LONG; first += 500) {
        await mustAppend(
          store,
          long,
          first === 0 ? 'no_stream' : first - 1,
          numberedEvents(long, 500, first),
        );
      }
      expect(await collect(store.readAll({ fromPosition: before, streamPrefix: long }))).toHaveLength(LONG);
      expect(await collect(store.readAll({ direction: 'backwards', streamPrefix: prefix }))).toHaveLength(6);
      for (const direction of ['forwards', 'backwards'] as const) {
        const abort = new AbortController();
        let seen = 0;
        for await (const _ of store.readAll({ direction, streamPrefix: long }, abort.signal)) {
          if (++seen === 1_200) abort.abort();
        }
        expect(seen).toBe(1_200);
        expect(await collect(store.readAll({ direction }, abort.signal))).toEqual([]);
      }
    });

    it('ends, though more is appended while it reads', async () => {
      const store = currentStore();
      const stream = `${prefix}-more`;
      let number = 0;
      for await (const _ of store.readAll({ streamPrefix: prefix })) {
        await mustAppend(
          store,
          stream,
          number === 0 ? 'no_stream' : number - 1,
          numberedEvents(stream, 1, number),
        );
        if (++number > 100) break;
      }
      expect(number).toBeLessThanOrEqual(12);
    });
  });
}
