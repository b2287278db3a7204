import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startProjector } from '../../projections/engine/start-projector.js';
import { mergeChanges } from '../../projections/tasks/merge-changes.js';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import type { EventStore, RecordedEvent, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import { silentLogger } from '../support/command-side.js';
import {
  collect,
  mustAppend,
  newEvent,
  numberedEvents,
  Subscriber,
  uniqueName,
} from '../support/event-store-fixtures.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
  type KurrentDbDoubleOptions,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';
import { MemoryReadModel } from '../support/memory-read-model.js';
import { randomOf } from '../support/random-of.js';
import { change } from '../support/read-model/changes.js';
import { untilTrue } from '../support/until-true.js';

/** How the ledger on KurrentDB is followed, seen from the store's side as well: what only the double can tell and do. */
describe('following the ledger on KurrentDB', () => {
  let double: KurrentDbDouble;
  let store: KurrentDbEventStore;
  const started: Subscriber[] = [];

  async function start(options: KurrentDbDoubleOptions = {}): Promise<void> {
    double = await startKurrentDbDouble(options);
    store = KurrentDbEventStore.open(double.url);
  }

  beforeEach(() => {
    started.length = 0;
  });

  afterEach(async () => {
    await Promise.all(started.map((subscriber) => subscriber.stop()));
    await store.close();
    await double.stop();
  });

  function follow(streamPrefix: string, from: { afterPosition?: string } = {}): Subscriber {
    const subscriber = new Subscriber(store, { streamPrefix, ...from });
    started.push(subscriber);
    return subscriber;
  }

  const isCaughtUp = ({ batches }: Subscriber): boolean => batches.at(-1)?.caughtUp === true;
  const given = async (): Promise<number> => (await double.counts()).eventsGiven;

  it('catches up much faster than a subscription gives, in large batches', async () => {
    await start({ subscriptionRate: 100 });
    const prefix = uniqueName('backlog');
    await backlog(store, prefix, 5_000);
    const follower = follow(prefix);
    await follower.until(isCaughtUp);
    expect(follower.events).toHaveLength(5_000);
    // The subscription would have taken 50 seconds for them, and one batch for each.
    expect(follower.batches.length).toBeLessThan(50);
  });

  it('hands over in one batch what has come while the one before it was at work', async () => {
    await start({ subscriptionRate: 500 });
    const prefix = uniqueName('gather');
    const abort = new AbortController();
    const sizes: number[] = [];
    for await (const { events, caughtUp } of store.subscribe({ streamPrefix: prefix }, abort.signal)) {
      if (events.length > 0) sizes.push(events.length);
      if (sizes.length === 2) abort.abort();
      else if (events.length > 0) await backlog(store, uniqueName(prefix), 60);
      else if (caughtUp) await mustAppend(store, uniqueName(prefix), 'no_stream', numberedEvents('one', 1));
    }
    expect(sizes).toEqual([1, 60]);
  });

  it('reads once for two who follow together', async () => {
    await start();
    const prefix = uniqueName('shared');
    await backlog(store, prefix, 12_000);
    const before = await given();
    const both = [follow(prefix), follow(prefix)];
    for (const follower of both) await follower.until(isCaughtUp);
    expect(both.map(({ events }) => events.length)).toEqual([12_000, 12_000]);
    expect((await given()) - before).toBeLessThan(15_000);
  });

  it('shares again with one that was behind and has come so far, without waiting for it before', async () => {
    // So that next to nothing of what is given is of the subscription.
    await start({ subscriptionRate: 20 });
    const prefix = uniqueName('behind');
    await backlog(store, prefix, 3_000);
    const fast = follow(prefix);
    await fast.until(isCaughtUp);
    // It has not begun to take anything yet when the other one is far ahead.
    const slow = store
      .subscribe({ streamPrefix: prefix }, new AbortController().signal)
      [Symbol.asyncIterator]();
    const taken: RecordedEvent[] = [...((await slow.next()).value?.events ?? [])];
    await backlog(store, uniqueName(prefix), 24_000);
    await fast.until(({ events }) => events.length === 27_000);
    // It is where the other one is only once it has been told that this is the end.
    for (let isEnd = false; taken.length < 27_000 || !isEnd;) {
      const { value } = (await slow.next()) as { value: SubscriptionBatch };
      taken.push(...value.events);
      isEnd = value.caughtUp;
    }
    expect(taken.map(({ position }) => position)).toEqual(fast.events.map(({ position }) => position));
    // What was asked for and not taken yet may be given in the first round; each would have all 2,000 of its own.
    const shared: number[] = [];
    for (let total = 29_000; total <= 33_000; total += 2_000) {
      const before = await given();
      await backlog(store, uniqueName(prefix), 2_000);
      while (taken.length < total) taken.push(...((await slow.next()).value?.events ?? []));
      await fast.until(({ events }) => events.length === total);
      shared.push((await given()) - before);
    }
    expect(Math.min(...shared)).toBeLessThan(3_500);
    await slow.return?.(undefined);
  }, 60_000);

  it('lets the store leave out what is not wanted where that is nearly all', async () => {
    await start();
    const [wanted, unwanted] = [uniqueName('wanted'), uniqueName('unwanted')];
    await mustAppend(store, wanted, 'no_stream', numberedEvents(wanted, 5));
    await backlog(store, unwanted, 30_000);
    const last = await mustAppend(store, wanted, 4, numberedEvents(wanted, 5, 5));
    const before = await given();
    const follower = follow(wanted);
    await follower.until(({ batches }) => batches.at(-1)?.position === last);
    expect(follower.events).toHaveLength(10);
    expect((await given()) - before).toBeLessThan(1_000);
  });

  it('leaves no gap and gives nothing twice, however events come and followers take them', async () => {
    await start({ subscriptionRate: 2_000 });
    const random = below(randomOf(14));
    for (let round = 0; round < 8; round++) {
      const prefix = uniqueName(`round-${round}`);
      const followers: Promise<RecordedEvent[]>[] = [];
      const total = 200 + random(1_000);
      const end = new AbortController();
      for (let follower = 0; follower < 3; follower++) {
        followers.push(
          takeInOwnTime(store, prefix, total, () => (random(6) === 0 ? random(40) : 0), end.signal),
        );
      }
      await inBursts(store, prefix, total, random);
      const recorded = await collect(store.readAll({ streamPrefix: prefix }));
      expect(recorded).toHaveLength(total);
      for (const taken of await Promise.all(followers)) expect(taken).toEqual(recorded);
      end.abort();
    }
  }, 120_000);

  it('hears of what comes after its subscription has fallen silent, and opens another', async () => {
    await start();
    const prefix = uniqueName('stalled');
    await mustAppend(store, `${prefix}-0`, 'no_stream', numberedEvents(prefix, 1));
    const follower = follow(prefix);
    await follower.until(isCaughtUp);
    while ((await double.counts()).subscriptions === 0);
    double.stallSubscriptions();
    // Each is found by looking, until the subscription is given up for another one.
    for (let number = 1; (await double.counts()).subscriptions < 2; number++) {
      await mustAppend(store, `${prefix}-${number}`, 'no_stream', numberedEvents(prefix, 1));
      await follower.until(({ events }) => events.length === number + 1);
    }
    const last = await mustAppend(store, `${prefix}-last`, 'no_stream', numberedEvents(prefix, 1));
    await follower.until(({ events }) => events.at(-1)?.position === last);
    expect(new Set(follower.events.map(({ position }) => position)).size).toBe(follower.events.length);
  }, 30_000);

  it('says how far behind it is while the store stands still, and goes on by itself', async () => {
    await start();
    await mustAppend(store, 'task-1', 'no_stream', numberedEvents('task-1', 1));
    const target = new MemoryReadModel();
    const projection = {
      name: 'revisions-1',
      streamPrefix: 'task-',
      gatherMs: 0,
      gatherEvents: 0,
      takesLateChanges: true,
      project: ({ revision }: RecordedEvent) => change(1, revision),
      merge: mergeChanges,
    };
    const clock = { nowMs: () => Date.now() };
    const projector = startProjector({ store, target, projection, clock, logger: silentLogger });
    await untilTrue(() => projector.status().caughtUp && projector.status().lagMs === 0);
    double.freeze();
    await untilTrue(() => projector.status().lagMs > 2_000);
    // It does not take until the subscription has given up.
    expect(projector.status().lastError).toBeUndefined();
    double.thaw();
    const position = await mustAppend(store, 'task-1', 0, numberedEvents('task-1', 1, 1));
    await untilTrue(() => projector.status().position === position && projector.status().lagMs === 0);
    await projector.stop();
  }, 60_000);
});

/** Appends events in streams of a prefix, 500 at a time. */
async function backlog(store: EventStore, prefix: string, count: number): Promise<void> {
  let first = 0;
  const append = async (): Promise<void> => {
    while (first < count) {
      const stream = `${prefix}-${first}`;
      const events = numberedEvents(stream, Math.min(500, count - first));
      first += 500;
      await mustAppend(store, stream, 'no_stream', events);
    }
  };
  await Promise.all([append(), append(), append(), append()]);
}

/** Whole numbers from 0. */
function below(random: () => number): (limit: number) => number {
  return (limit) => Math.floor(random() * limit);
}

/** Appends events to one stream, now a few and now many, at once or after some turns. */
async function inBursts(
  store: EventStore,
  prefix: string,
  total: number,
  random: (below: number) => number,
): Promise<void> {
  const stream = `${prefix}-a`;
  for (let number = 0; number < total;) {
    const count = Math.min(total - number, 1 + random(random(4) === 0 ? 300 : 5));
    const events = numberedEvents(stream, count, number);
    await mustAppend(store, stream, number === 0 ? 'no_stream' : number - 1, events);
    if (random(3) === 0) await mustAppend(store, uniqueName('other'), 'no_stream', [newEvent({ number })]);
    number += count;
  }
}

/** Follows until it has so many events, taking now and then longer for a batch. */
async function takeInOwnTime(
  store: EventStore,
  streamPrefix: string,
  count: number,
  turnsForBatch: () => number,
  signal: AbortSignal,
): Promise<RecordedEvent[]> {
  const taken: RecordedEvent[] = [];
  for await (const { events } of store.subscribe({ streamPrefix }, signal)) {
    taken.push(...events);
    if (taken.length >= count) break;
    for (let turns = turnsForBatch(); turns > 0; turns--) await store.lastPosition();
  }
  return taken;
}
