import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import { SUBSCRIPTION_BATCH_EVENTS_MAX, type EventStore } from '../../shared/core/ports/event-store.js';
import { collect, mustAppend, numberedEvents, Subscriber, uniqueName } from './event-store-fixtures.js';

/** Catching up, hearing of new events, and stopping. */
export function exerciseSubscriptions(currentStore: () => EventStore): void {
  describe('subscribe', () => {
    const numbers = ({ events }: Subscriber) => events.map(({ data }) => data['number']);
    const caughtUp = ({ batches }: Subscriber) => batches.some((batch) => batch.caughtUp);

    it('gives what is there, says so, and then what comes', async () => {
      const store = currentStore();
      const stream = uniqueName();
      await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
      const subscriber = new Subscriber(store, { streamPrefix: stream });
      await subscriber.until(caughtUp);
      expect(numbers(subscriber)).toEqual([0, 1, 2]);
      await mustAppend(store, stream, 2, numberedEvents(stream, 2, 3));
      await subscriber.until(({ events }) => events.length >= 5);
      await mustAppend(store, stream, 4, numberedEvents(stream, 1, 5));
      await subscriber.until(({ events }) => events.length >= 6);
      await subscriber.stop();
      expect(subscriber.events).toEqual(await collect(store.readStream(stream)));
    });

    it('starts after a position', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const afterPosition = await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 2));
      await mustAppend(store, stream, 1, numberedEvents(stream, 2, 2));
      const subscriber = new Subscriber(store, { afterPosition, streamPrefix: stream });
      await subscriber.until(caughtUp);
      expect(numbers(subscriber)).toEqual([2, 3]);
      await subscriber.stop();
    });

    it('says that it has caught up when there is nothing, once until there is more', async () => {
      const store = currentStore();
      const stream = uniqueName();
      const afterPosition = await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
      const subscriber = new Subscriber(store, { afterPosition, streamPrefix: stream });
      await subscriber.until(caughtUp);
      expect(subscriber.batches).toEqual([{ events: [], position: afterPosition, caughtUp: true }]);
      await mustAppend(store, stream, 0, numberedEvents(stream, 1, 1));
      await subscriber.until(({ events }) => events.length === 1);
      expect(subscriber.batches.filter(({ events }) => events.length === 0)).toHaveLength(1);
      await subscriber.stop();
    });

    it('moves on over what the prefix leaves out', async () => {
      const store = currentStore();
      const [wanted, unwanted] = [uniqueName('wanted'), uniqueName('unwanted')];
      await mustAppend(store, wanted, 'no_stream', numberedEvents(wanted, 1));
      const last = await mustAppend(store, unwanted, 'no_stream', numberedEvents(unwanted, 500));
      const subscriber = new Subscriber(store, { streamPrefix: wanted });
      await subscriber.until(({ batches }) =>
        batches.some(({ position }) => position !== undefined && position >= last),
      );
      expect(subscriber.events.map(({ stream }) => stream)).toEqual([wanted]);
      await subscriber.stop();
    });

    it('gives many events in batches of a bounded size, in order, without a gap', async () => {
      const store = currentStore();
      const stream = uniqueName();
      for (let first = 0; first < 2_500; first += 500) {
        await mustAppend(
          store,
          stream,
          first === 0 ? 'no_stream' : first - 1,
          numberedEvents(stream, 500, first),
        );
      }
      const subscriber = new Subscriber(store, { streamPrefix: stream });
      await subscriber.until(caughtUp);
      await subscriber.stop();
      expect(numbers(subscriber)).toEqual(Array.from({ length: 2_500 }, (_, number) => number));
      let before = '';
      for (const { events, position } of subscriber.batches) {
        expect(events.length).toBeLessThanOrEqual(SUBSCRIPTION_BATCH_EVENTS_MAX);
        for (const event of events) {
          expect(event.position > before).toBe(true);
          before = event.position;
        }
        if (position !== undefined) {
          expect(position >= before).toBe(true);
          before = position;
        }
      }
    });

    it('misses nothing that is appended while it catches up', async () => {
      const store = currentStore();
      const prefix = uniqueName('busy');
      const afterPosition = await store.lastPosition();
      const subscribers: Subscriber[] = [];
      const run = async (appender: number) => {
        const stream = `${prefix}-${appender}`;
        for (let number = 0; number < 40; number++) {
          await mustAppend(
            store,
            stream,
            number === 0 ? 'no_stream' : number - 1,
            numberedEvents(stream, 1, number),
          );
          if (number % 20 === appender) {
            subscribers.push(
              new Subscriber(store, {
                streamPrefix: prefix,
                ...(afterPosition === undefined ? {} : { afterPosition }),
              }),
            );
          }
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, appender) => run(appender)));
      expect(subscribers).toHaveLength(16);
      const recorded = await collect(store.readAll({ streamPrefix: prefix }));
      expect(recorded).toHaveLength(320);
      for (const subscriber of subscribers) {
        await subscriber.until(({ events }) => events.length >= 320);
        await subscriber.stop();
        expect(subscriber.events).toEqual(recorded);
      }
    });

    it('ends without an error when aborted: before, while it gives, while it waits', async () => {
      const store = currentStore();
      const stream = uniqueName();
      await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
      const abort = new AbortController();
      for await (const batch of store.subscribe({ streamPrefix: stream }, abort.signal)) {
        if (batch.events.length > 0) abort.abort();
      }
      expect(await collect(store.subscribe({}, abort.signal))).toEqual([]);
      const waiting = new Subscriber(store, { streamPrefix: stream });
      await waiting.until(caughtUp);
      await waiting.stop();
    });

    it('ends with UnavailableError when the store is closed', async () => {
      const store = currentStore();
      const subscriber = new Subscriber(store, { streamPrefix: uniqueName() });
      await subscriber.until(caughtUp);
      await store.close();
      expect(await subscriber.failure()).toBeInstanceOf(UnavailableError);
    });
  });
}
