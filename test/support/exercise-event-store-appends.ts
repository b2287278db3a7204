import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../shared/core/domain/json.js';
import { APPEND_BYTES_MAX, type EventStore, type NewEvent } from '../../shared/core/ports/event-store.js';
import {
  appendTo,
  asNew,
  collect,
  mustAppend,
  newEvent,
  numberedEvents,
  uniqueName,
} from './event-store-fixtures.js';

/** Appending, one call after the other. */
export function exerciseAppends(currentStore: () => EventStore): void {
  describe('append', () => {
    it('begins a stream and continues it', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const events = numberedEvents(stream, 4);
      expect(await appendTo(store, stream, 'no_stream', events.slice(0, 1))).toEqual({
        outcome: 'appended',
        revision: 0,
        position: expect.any(String),
      });
      expect(await appendTo(store, stream, 0, events.slice(1))).toMatchObject({
        outcome: 'appended',
        revision: 3,
      });
      const recorded = await collect(store.readStream(stream));
      expect(asNew(recorded)).toEqual(events);
      expect(recorded.map(({ stream: of, revision }) => [of, revision])).toEqual(
        [0, 1, 2, 3].map((r) => [stream, r]),
      );
    });

    it('answers with the position of the last event', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const position = await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
      const recorded = await collect(store.readStream(stream));
      expect(recorded.at(-1)?.position).toBe(position);
      const last = await store.lastPosition();
      expect(last !== undefined && last >= position).toBe(true);
    });

    it('answers with the actual revision when the stream is elsewhere, and writes nothing', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const other = numberedEvents(stream, 1, 100);
      expect(await appendTo(store, stream, 0, other)).toEqual({
        outcome: 'conflict',
        actualRevision: 'no_stream',
      });
      await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
      for (const expected of ['no_stream', 0, 1, 3, 1_000_000] as const) {
        expect(await appendTo(store, stream, expected, other)).toEqual({
          outcome: 'conflict',
          actualRevision: 2,
        });
      }
      expect(await collect(store.readStream(stream))).toHaveLength(3);
    });

    it('answers for each stream of one call on its own', async () => {
      const store = currentStore();
      const [a, b, c] = [uniqueName('a'), uniqueName('b'), uniqueName('c')];
      await mustAppend(store, b, 'no_stream', numberedEvents(b, 2));
      const outcomes = await store.append([
        { stream: a, expectedRevision: 'no_stream', events: numberedEvents(a, 2) },
        { stream: b, expectedRevision: 'no_stream', events: numberedEvents(b, 1, 50) },
        { stream: c, expectedRevision: 'no_stream', events: numberedEvents(c, 1) },
      ]);
      expect(outcomes).toMatchObject([
        { outcome: 'appended', revision: 1 },
        { outcome: 'conflict', actualRevision: 1 },
        { outcome: 'appended', revision: 0 },
      ]);
      expect(await collect(store.readStream(a))).toHaveLength(2);
      expect(await collect(store.readStream(b))).toHaveLength(2);
      expect(await collect(store.readStream(c))).toHaveLength(1);
      expect(await store.append([])).toEqual([]);
    });

    it('appends in order up to the first conflict', async () => {
      const store = currentStore();
      const [a, b, c] = [uniqueName('a'), uniqueName('b'), uniqueName('c')];
      const begin = (stream: string, first = 0) => ({
        stream,
        expectedRevision: 'no_stream' as const,
        events: numberedEvents(stream, 2, first),
      });
      const both = await store.appendInOrder([begin(a), begin(b)]);
      expect(both).toMatchObject([
        { outcome: 'appended', revision: 1 },
        { outcome: 'appended', revision: 1 },
      ]);
      const [first, second] = both as { position: string }[];
      expect((first?.position ?? '') < (second?.position ?? '')).toBe(true);
      // The same bytes again are no conflict; other ones are, and what comes after them is not tried.
      const outcomes = await store.appendInOrder([begin(a), begin(b, 10), begin(c)]);
      expect(outcomes).toMatchObject([
        { outcome: 'appended', revision: 1 },
        { outcome: 'conflict', actualRevision: 1 },
      ]);
      expect(outcomes).toHaveLength(2);
      expect(asNew(await collect(store.readStream(b)))).toEqual(numberedEvents(b, 2));
      expect(await collect(store.readStream(c))).toEqual([]);
      expect(await store.appendInOrder([])).toEqual([]);
    });

    it('lets one of many win what they all claim, and appends what comes after it for that one only', async () => {
      const store = currentStore();
      const claimed = uniqueName('claimed');
      const after = Array.from({ length: 20 }, () => uniqueName('after'));
      const outcomes = await Promise.all(
        after.map((stream, index) =>
          store.appendInOrder([
            {
              stream: claimed,
              expectedRevision: 'no_stream',
              events: numberedEvents(claimed, 1, index * 10),
            },
            { stream, expectedRevision: 'no_stream', events: numberedEvents(stream, 1) },
          ]),
        ),
      );
      const winners = outcomes.flatMap((tried, index) => (tried.length === 2 ? [index] : []));
      expect(winners).toHaveLength(1);
      for (const [index, stream] of after.entries()) {
        expect(await collect(store.readStream(stream))).toHaveLength(winners.includes(index) ? 1 : 0);
      }
    });

    it('takes the same bytes at the same revision as appended', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const [first, second, third] = numberedEvents(stream, 3) as [NewEvent, NewEvent, NewEvent];
      const one = await appendTo(store, stream, 'no_stream', [first]);
      expect(await appendTo(store, stream, 'no_stream', [first])).toEqual(one);
      const two = await appendTo(store, stream, 0, [second, third]);
      expect(await appendTo(store, stream, 0, [second, third])).toEqual(two);
      // After others were appended, and as any run of what stands there.
      expect(await appendTo(store, stream, 'no_stream', [first])).toEqual(one);
      expect(await appendTo(store, stream, 'no_stream', [first, second, third])).toEqual(two);
      expect(await collect(store.readStream(stream))).toHaveLength(3);
    });

    it('takes anything but the same bytes as a conflict', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const [first, second, third] = numberedEvents(stream, 3) as [NewEvent, NewEvent, NewEvent];
      await mustAppend(store, stream, 'no_stream', [first, second]);
      const conflict = { outcome: 'conflict', actualRevision: 1 };
      const unlike = newEvent(JSON.parse(first.data) as JsonObject, { more: 'metadata' });
      expect(await appendTo(store, stream, 'no_stream', [unlike])).toEqual(conflict);
      expect(await appendTo(store, stream, 'no_stream', [second])).toEqual(conflict);
      expect(await appendTo(store, stream, 'no_stream', [first, third])).toEqual(conflict);
      // The first two stand there, the third does not.
      expect(await appendTo(store, stream, 'no_stream', [first, second, third])).toEqual(conflict);
      expect(await appendTo(store, stream, 0, [second, third])).toEqual(conflict);
      expect(asNew(await collect(store.readStream(stream)))).toEqual([first, second]);
    });

    it('gives back exactly what it was given', async () => {
      const store = currentStore();
      const stream = `${uniqueName()}-Ünï/çødé 日本 😀`;
      const data = {
        text: 'quotes " \\ and \u2028 \u0000 \u001f, é, 日本, 😀, \n\t',
        lone: '\ud800',
        numbers: [0, -1, 0.1, 1e300, 5e-324, Number.MAX_SAFE_INTEGER],
        nested: { empty: {}, list: [[], null, true, false], '': 'no name', 'ключ 😀': 1 },
      };
      const event = newEvent(data, { $correlationId: 'c', ünï: '日本 😀', empty: '' });
      const large = newEvent({ large: '日é😀x'.repeat(20_000) });
      expect(Buffer.byteLength(large.data)).toBeGreaterThan(195_000);
      const largest = newEvent({ large: 'x'.repeat(255 * 1024) });
      await mustAppend(store, stream, 'no_stream', [event, large, largest]);
      const recorded = await collect(store.readStream(stream));
      expect(JSON.stringify(asNew(recorded))).toBe(JSON.stringify([event, large, largest]));
      expect(recorded.map((found) => found.stream)).toEqual([stream, stream, stream]);
    });

    it('takes as many bytes at once as it must', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const event = (number: number) => newEvent({ number, text: 'x'.repeat(200 * 1024) });
      const events = [0, 1, 2, 3].map(event);
      const size = (all: NewEvent[]) =>
        all.reduce((sum, one) => sum + one.data.length + one.metadata.length, 0);
      const rest = APPEND_BYTES_MAX - size([...events, newEvent({ text: '' })]);
      events.push(newEvent({ text: 'x'.repeat(rest) }));
      expect(size(events)).toBe(APPEND_BYTES_MAX);
      await mustAppend(store, stream, 'no_stream', events);
      expect(await collect(store.readStream(stream))).toHaveLength(5);
    });

    it('does what a list of lists would do, whatever comes', async () => {
      const store = currentStore();
      const step = fc.record({
        stream: fc.nat(2),
        offset: fc.constantFrom(0, 0, 0, -1, 1, -2),
        count: fc.integer({ min: 1, max: 3 }),
        resend: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const streams = [uniqueName(), uniqueName(), uniqueName()] as const;
          const model: NewEvent[][] = [[], [], []];
          for (const [index, { stream: of, offset, count, resend }] of steps.entries()) {
            const [stream, standing] = [streams[of] as string, model[of] as NewEvent[]];
            const expected = Math.max(standing.length - 1 + offset - (resend ? count : 0), -1);
            const there = standing.slice(expected + 1, expected + 1 + count);
            const events =
              resend && there.length === count ? there : numberedEvents(stream, count, index * 10);
            const outcome = await appendTo(store, stream, expected === -1 ? 'no_stream' : expected, events);
            if (events === there) {
              expect(outcome).toMatchObject({ outcome: 'appended', revision: expected + count });
            } else if (expected === standing.length - 1) {
              expect(outcome).toMatchObject({ outcome: 'appended', revision: expected + count });
              standing.push(...events);
            } else {
              const actualRevision = standing.length === 0 ? 'no_stream' : standing.length - 1;
              expect(outcome).toEqual({ outcome: 'conflict', actualRevision });
            }
          }
          for (const [of, standing] of model.entries()) {
            expect(asNew(await collect(store.readStream(streams[of] as string)))).toEqual(standing);
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}
