import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidRequestError, UnavailableError } from '../../shared/core/contracts/errors.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import {
  appendTo,
  asNew,
  collect,
  mustAppend,
  numberedEvents,
  uniqueName,
  type EventStoreHarness,
} from './event-store-fixtures.js';
import { exerciseAppends } from './exercise-event-store-appends.js';
import { exerciseConcurrentAppends, exerciseManyWriters } from './exercise-event-store-concurrency.js';
import { exerciseReads } from './exercise-event-store-reads.js';
import { exerciseSubscriptions } from './exercise-event-store-subscriptions.js';

/**
 * The contract of `EventStore`, whole, for any adapter. Where adapters may differ, their capabilities say what is expected.
 *
 * @param writers How many stores may be open for writing on the same data at a time.
 */
export function exerciseEventStore(
  name: string,
  makeHarness: () => Promise<EventStoreHarness>,
  writers: 'one' | 'many' = 'one',
): void {
  describe(`EventStore contract: ${name}`, () => {
    let harness: EventStoreHarness;
    let store: EventStore;

    beforeEach(async () => {
      harness = await makeHarness();
      store = await harness.open();
    });

    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    exerciseAppends(() => store);
    exerciseConcurrentAppends(() => store);
    if (writers === 'many') {
      exerciseManyWriters(
        () => store,
        () => harness.open(),
      );
    }
    exerciseReads(() => store);
    exerciseSubscriptions(() => store);

    describe('what it refuses', () => {
      const stream = uniqueName();
      const one = numberedEvents(stream, 1);
      const refused = {
        'no events': [{ stream, expectedRevision: 'no_stream' as const, events: [] }],
        'more than 1000 events': [
          { stream, expectedRevision: 'no_stream' as const, events: numberedEvents(stream, 1001) },
        ],
        'a stream twice': [
          { stream, expectedRevision: 'no_stream' as const, events: one },
          { stream, expectedRevision: 0, events: one },
        ],
        'a name that is too long': [
          { stream: 'x'.repeat(5000), expectedRevision: 'no_stream' as const, events: one },
        ],
        'no name': [{ stream: '', expectedRevision: 'no_stream' as const, events: one }],
        'a negative revision': [{ stream, expectedRevision: -2, events: one }],
        'half a revision': [{ stream, expectedRevision: 0.5, events: one }],
      };
      for (const [what, appends] of Object.entries(refused)) {
        it(`refuses ${what} and appends nothing`, async () => {
          await expect(store.append(appends)).rejects.toThrow(InvalidRequestError);
          const fine = { stream: `${stream}-fine`, expectedRevision: 'no_stream' as const, events: one };
          await expect(store.appendInOrder([fine, ...appends])).rejects.toThrow(InvalidRequestError);
          expect(await collect(store.readStream(fine.stream))).toEqual([]);
          expect(await collect(store.readStream(stream))).toEqual([]);
        });
      }

      it('refuses a position that is none', async () => {
        expect(['nowhere', '', '0', '-1'].filter((text) => store.isPosition(text))).toEqual([]);
        const other = uniqueName();
        await appendTo(store, other, 'no_stream', numberedEvents(other, 1));
        expect(store.isPosition((await store.lastPosition()) as string)).toBe(true);
        await expect(collect(store.readAll({ fromPosition: 'nowhere' }))).rejects.toThrow(
          InvalidRequestError,
        );
        await expect(
          collect(store.subscribe({ afterPosition: 'nowhere' }, new AbortController().signal)),
        ).rejects.toThrow(InvalidRequestError);
      });

      it('takes 1000 events at once', async () => {
        const events = numberedEvents(stream, 1000);
        expect(await appendTo(store, stream, 'no_stream', events)).toMatchObject({
          outcome: 'appended',
          revision: 999,
        });
        expect(asNew(await collect(store.readStream(stream)))).toEqual(events);
      });
    });

    describe('opening and closing', () => {
      it('has everything after it was closed and opened again', async () => {
        const stream = uniqueName();
        const events = numberedEvents(stream, 3);
        const position = await mustAppend(store, stream, 'no_stream', events);
        const before = await collect(store.readStream(stream));
        await store.close();
        store = await harness.open();
        expect(await collect(store.readStream(stream))).toEqual(before);
        expect(await appendTo(store, stream, 'no_stream', events)).toEqual({
          outcome: 'appended',
          revision: 2,
          position,
        });
        const next = await mustAppend(store, stream, 2, numberedEvents(stream, 1, 3));
        expect(next > position).toBe(true);
      });

      it('finishes the appends under way before it closes', async () => {
        const streams = Array.from({ length: 20 }, () => uniqueName());
        const appends = streams.map((stream) =>
          appendTo(store, stream, 'no_stream', numberedEvents(stream, 2)),
        );
        await store.close();
        for (const append of appends)
          expect(await append).toMatchObject({ outcome: 'appended', revision: 1 });
        store = await harness.open();
        for (const stream of streams) expect(await collect(store.readStream(stream))).toHaveLength(2);
      });

      it('closes once, however often and wherever it is asked to', async () => {
        await Promise.all([store.close(), store.close(), store.close()]);
        await store.close();
      });

      it('is unavailable after it was closed', async () => {
        await store.close();
        const stream = uniqueName();
        await expect(appendTo(store, stream, 'no_stream', numberedEvents(stream, 1))).rejects.toThrow(
          UnavailableError,
        );
        await expect(collect(store.readStream(stream))).rejects.toThrow(UnavailableError);
        await expect(collect(store.readAll())).rejects.toThrow(UnavailableError);
        await expect(store.lastPosition()).rejects.toThrow(UnavailableError);
      });
    });
  });
}
