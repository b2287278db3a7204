import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { AppendOutcome, NewEvent } from '../../shared/core/ports/event-store.js';
import {
  appendTo,
  asNew,
  collect,
  mustAppend,
  newEvent,
  numberedEvents,
  Subscriber,
  uniqueName,
} from '../support/event-store-fixtures.js';
import { startCountingProxy } from '../support/kurrentdb-double/counting-proxy.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';

const ABORTED = new AbortController();

/** What only the double can be told to do. */
describe('the ledger on KurrentDB, when the store is away', () => {
  let folder: string;
  let double: KurrentDbDouble;
  let store: KurrentDbEventStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-kurrentdb-'));
    double = await startKurrentDbDouble({ file: join(folder, 'log') });
    store = KurrentDbEventStore.open(double.url);
  });

  afterEach(async () => {
    await store.close();
    await double.kill();
    await rm(folder, { recursive: true, force: true });
  });

  /** Appends until the answer is known, as the callers of the port do: the same bytes at the same revision. */
  async function appendForSure(stream: string, expected: number | 'no_stream', events: NewEvent[]) {
    let unavailable = 0;
    for (;;) {
      try {
        const outcome: AppendOutcome = await appendTo(store, stream, expected, events);
        return { outcome, unavailable };
      } catch (error) {
        expect(error).toBeInstanceOf(UnavailableError);
        unavailable++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Every call there is, at once; each must end in UnavailableError. */
  async function everythingIsUnavailable(bytes: number): Promise<void> {
    const text = 'x'.repeat(bytes);
    const appends = Array.from({ length: 64 }, (_, number) =>
      appendTo(store, uniqueName(), 'no_stream', [newEvent({ number, text })]),
    );
    const calls = [
      ...appends,
      collect(store.readStream('any')),
      collect(store.readAll()),
      store.lastPosition(),
      collect(store.subscribe({}, ABORTED.signal)),
    ];
    for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toBeInstanceOf(UnavailableError);
    }
  }

  it('opens without it, says that it is away, and works as soon as it is there', async () => {
    await double.kill();
    await everythingIsUnavailable(10);
    await double.restart();
    const stream = uniqueName();
    const { outcome } = await appendForSure(stream, 'no_stream', numberedEvents(stream, 2));
    expect(outcome).toMatchObject({ outcome: 'appended', revision: 1 });
    expect(await collect(store.readStream(stream))).toHaveLength(2);
  });

  it('waits no longer than it may for a store that stands still, and outlives its death', async () => {
    const stream = uniqueName();
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
    expect(await collect(store.readStream(stream))).toHaveLength(1);
    double.freeze();
    await everythingIsUnavailable(100_000);
    await double.kill();
    await everythingIsUnavailable(10);
    await double.restart();
    const { outcome } = await appendForSure(stream, 0, numberedEvents(stream, 1, 1));
    expect(outcome).toMatchObject({ outcome: 'appended', revision: 1 });
    expect(await collect(store.readAll({ streamPrefix: stream }))).toHaveLength(2);
  });

  it('appends once what the store has taken too late to be waited for', async () => {
    const stream = uniqueName();
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
    double.freeze();
    const events = numberedEvents(stream, 2, 1);
    await expect(appendTo(store, stream, 0, events)).rejects.toThrow(UnavailableError);
    double.thaw();
    const { outcome } = await appendForSure(stream, 0, events);
    expect(outcome).toMatchObject({ outcome: 'appended', revision: 2 });
    expect(asNew(await collect(store.readStream(stream)))).toEqual([...numberedEvents(stream, 1), ...events]);
  });

  it('loses and doubles nothing when it is killed in the middle of appends and of a subscription', async () => {
    const prefix = uniqueName('killed');
    const subscriber = new Subscriber(store, { streamPrefix: prefix });
    await subscriber.until(({ batches }) => batches.length > 0);
    const [appenders, each, kills] = [8, 60, 3];
    let done = 0;
    let unavailable = 0;
    const append = async (appender: number) => {
      const stream = `${prefix}-${appender}`;
      for (let number = 0; number < each; number += 2) {
        const events = numberedEvents(stream, 2, number);
        const sure = await appendForSure(stream, number === 0 ? 'no_stream' : number - 1, events);
        expect(sure.outcome).toMatchObject({ outcome: 'appended', revision: number + 1 });
        unavailable += sure.unavailable;
        done += 2;
      }
    };
    const killer = async () => {
      for (let kill = 1; kill <= kills; kill++) {
        await subscriber.until(() => done >= (kill * appenders * each) / (kills + 1));
        await double.restart();
      }
    };
    await Promise.all([...Array.from({ length: appenders }, (_, appender) => append(appender)), killer()]);
    expect(unavailable).toBeGreaterThan(0);
    await subscriber.until(({ events }) => events.length >= appenders * each);
    const last = uniqueName(prefix);
    await appendForSure(last, 'no_stream', numberedEvents(last, 1));
    await subscriber.until(({ events }) => events.at(-1)?.stream === last);
    await subscriber.stop();
    const recorded = await collect(store.readAll({ streamPrefix: prefix }));
    expect(recorded).toHaveLength(appenders * each + 1);
    expect(subscriber.events).toEqual(recorded);
  }, 60_000);

  it('goes on where it was each time that only its connections break', async () => {
    const proxy = await startCountingProxy(double.port);
    const far = KurrentDbEventStore.open(`kurrentdb://127.0.0.1:${proxy.port}?tls=false`);
    const prefix = uniqueName('broken');
    const subscriber = new Subscriber(far, { streamPrefix: prefix });
    await subscriber.until(({ batches }) => batches.length > 0);
    for (let round = 0; round < 5; round++) {
      for (let number = 0; number < 40; number++) {
        const stream = `${prefix}-${round}-${number}`;
        await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
        if (number === 20) proxy.breakConnections();
      }
    }
    await subscriber.until(({ events }) => events.length >= 600);
    await subscriber.stop();
    expect(subscriber.events).toEqual(await collect(store.readAll({ streamPrefix: prefix })));
    await far.close();
    await proxy.close();
  });

  it('leaves with the store what a slow subscriber does not take', async () => {
    const [events, eventBytes] = [400, 100_000];
    const prefix = uniqueName('slow');
    const text = 'x'.repeat(eventBytes);
    for (let first = 0; first < events; first += 8) {
      const batch = Array.from({ length: 8 }, (_, index) => newEvent({ number: first + index, text }));
      await mustAppend(store, `${prefix}-${first}`, 'no_stream', batch);
    }
    const proxy = await startCountingProxy(double.port);
    const far = KurrentDbEventStore.open(`kurrentdb://127.0.0.1:${proxy.port}?tls=false`);
    const abort = new AbortController();
    const numbers: unknown[] = [];
    let afterFirstBatch: number | undefined;
    for await (const batch of far.subscribe({ streamPrefix: prefix }, abort.signal)) {
      numbers.push(...batch.events.map(({ data }) => data['number']));
      if (batch.events.length > 0 && afterFirstBatch === undefined) {
        await proxy.quiet();
        afterFirstBatch = proxy.bytes;
      }
      if (batch.caughtUp) abort.abort();
    }
    expect(numbers).toEqual(Array.from({ length: events }, (_, number) => number));
    expect(proxy.bytes).toBeGreaterThan(events * eventBytes);
    expect(afterFirstBatch).toBeLessThan((events * eventBytes) / 2);
    await far.close();
    await proxy.close();
  });
});
