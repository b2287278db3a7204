import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import {
  appendTo,
  asNew,
  collect,
  mustAppend,
  newEvent,
  numberedEvents,
  Subscriber,
  uniqueName,
} from './event-store-fixtures.js';

/** Appending from many at once, and what the capabilities promise about it. */
export function exerciseConcurrentAppends(currentStore: () => EventStore): void {
  describe('concurrent appends', () => {
    it('let exactly one win each revision', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const [appenders, each] = [8, 10];
      const run = async (appender: number) => {
        let expected: number | 'no_stream' = 'no_stream';
        for (let number = 0; number < each;) {
          const outcome = await appendTo(store, stream, expected, [newEvent({ stream, appender, number })]);
          if (outcome.outcome === 'appended') number++;
          expected = outcome.outcome === 'appended' ? outcome.revision : outcome.actualRevision;
        }
      };
      await Promise.all(Array.from({ length: appenders }, (_, appender) => run(appender)));
      const recorded = await collect(store.readStream(stream));
      expect(recorded.map(({ revision }) => revision)).toEqual(
        Array.from({ length: appenders * each }, (_, i) => i),
      );
      for (let appender = 0; appender < appenders; appender++) {
        const own = recorded.filter(({ data }) => data['appender'] === appender);
        expect(own.map(({ data }) => data['number'])).toEqual(Array.from({ length: each }, (_, i) => i));
      }
    });

    it('take the same bytes, sent twice at once, as one', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const events = numberedEvents(stream, 2);
      const outcomes = await Promise.all([1, 2, 3].map(() => appendTo(store, stream, 'no_stream', events)));
      expect(outcomes[0]).toMatchObject({ outcome: 'appended', revision: 1 });
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[2]).toEqual(outcomes[0]);
      expect(await collect(store.readStream(stream))).toHaveLength(2);
    }, 20_000);

    it('lose nothing, and positions increase as text', async () => {
      const store = currentStore();
      const prefix = uniqueName('many');
      const [appenders, each] = [32, 20];
      const run = async (appender: number) => {
        const stream = `${prefix}-${appender}`;
        for (let number = 0; number < each; number++) {
          await mustAppend(
            store,
            stream,
            number === 0 ? 'no_stream' : number - 1,
            numberedEvents(stream, 1, number),
          );
        }
      };
      await Promise.all(Array.from({ length: appenders }, (_, appender) => run(appender)));
      const recorded = await collect(store.readAll({ streamPrefix: prefix }));
      expect(recorded).toHaveLength(appenders * each);
      const positions = recorded.map(({ position }) => position);
      expect(positions).toEqual([...positions].sort());
      expect(new Set(positions).size).toBe(positions.length);
      for (let appender = 0; appender < appenders; appender++) {
        const stream = `${prefix}-${appender}`;
        expect(asNew(recorded.filter((event) => event.stream === stream))).toEqual(
          numberedEvents(stream, each),
        );
        expect(await collect(store.readStream(stream))).toEqual(
          recorded.filter((event) => event.stream === stream),
        );
      }
    });
  });

  describe('capabilities', () => {
    it('show streams of one append together exactly when that is promised', async () => {
      const store = currentStore();
      const prefix = uniqueName('pair');
      const subscriber = new Subscriber(store, { streamPrefix: `${prefix}-a` });
      const pairs = 30;
      const seenTogether: boolean[] = [];
      const look = async () => {
        for (let seen = 0; seen < pairs; seen++) {
          await subscriber.until(({ events }) => events.length > seen);
          seenTogether.push((await collect(store.readStream(`${prefix}-b${seen}`))).length === 1);
        }
      };
      const looking = look();
      for (let pair = 0; pair < pairs; pair++) {
        const streams = [`${prefix}-a${pair}`, `${prefix}-b${pair}`];
        await store.append(
          streams.map((stream) => ({
            stream,
            expectedRevision: 'no_stream',
            events: numberedEvents(stream, 1),
          })),
        );
      }
      await looking;
      await subscriber.stop();
      expect(seenTogether).toHaveLength(pairs);
      if (store.capabilities.atomicAcrossStreams) expect(seenTogether).not.toContain(false);
    });

    it('count events by their positions exactly when that is promised', async () => {
      const store = currentStore();
      const { capabilities } = store;
      const stream = uniqueName();
      const first = await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
      const last = await mustAppend(store, stream, 0, numberedEvents(stream, 5, 1));
      if (capabilities.countEvents === undefined) {
        expect('countEvents' in capabilities).toBe(false);
      } else {
        expect(capabilities.countEvents(first, last)).toBe(5);
        expect(capabilities.countEvents(last, last)).toBe(0);
        const all = await collect(store.readAll());
        expect(capabilities.countEvents(undefined, last)).toBe(all.length);
      }
    });
  });
}

/** What holds between two stores that are open on the same data. */
export function exerciseManyWriters(currentStore: () => EventStore, open: () => Promise<EventStore>): void {
  describe('two stores on the same data', () => {
    let other: EventStore;

    beforeEach(async () => {
      other = await open();
    });

    afterEach(() => other.close());

    it('take the same bytes, sent through both at once, as one', async () => {
      const stream = uniqueName();
      const stores = [currentStore(), other, currentStore(), other];
      for (const [expected, first] of [['no_stream', 0] as const, [2, 3] as const]) {
        const events = numberedEvents(stream, 3, first);
        const outcomes = await Promise.all(stores.map((store) => appendTo(store, stream, expected, events)));
        expect(outcomes[0]).toMatchObject({ outcome: 'appended', revision: first + 2 });
        expect(outcomes).toEqual(outcomes.map(() => outcomes[0]));
      }
      expect(asNew(await collect(other.readStream(stream)))).toEqual(numberedEvents(stream, 6));
    }, 20_000);

    it('let one win where both append something else', async () => {
      const stream = uniqueName();
      const outcomes = await Promise.all(
        [currentStore(), other].map((store, number) =>
          appendTo(store, stream, 'no_stream', numberedEvents(stream, 2, number * 10)),
        ),
      );
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['appended', 'conflict']);
      expect(await collect(other.readStream(stream))).toHaveLength(2);
    });
  });
}
