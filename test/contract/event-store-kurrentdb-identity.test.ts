import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ledgerCheck } from '../../services/query/health/health-checks.js';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { identityEvent } from '../../shared/core/application/identity-event.js';
import { verifyChain } from '../../shared/core/application/chain-verifier.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import { IDENTITY_STREAM } from '../../shared/core/contracts/identity-stream.js';
import type { SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import {
  appendTo,
  collect,
  mustAppend,
  numberedEvents,
  Subscriber,
  uniqueName,
} from '../support/event-store-fixtures.js';
import { startCountingProxy } from '../support/kurrentdb-double/counting-proxy.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';
import { untilTrue } from '../support/until-true.js';

const crypto = new NodeCrypto();
const clock = { nowMs: () => 1_741_773_600_000 };

describe('the identity of a ledger on KurrentDB', () => {
  let folder: string;
  let double: KurrentDbDouble;
  let stores: KurrentDbEventStore[];
  const open = (): KurrentDbEventStore => {
    const store = KurrentDbEventStore.open(double.url, (id) => identityEvent(id, { clock, crypto }));
    stores.push(store);
    return store;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-identity-'));
    double = await startKurrentDbDouble({ file: join(folder, 'ledger.log') });
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await double.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is made once, whoever asks at the same time, and outlives the store', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => open().identity()));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    await double.kill();
    await double.restart();
    expect(await open().identity()).toBe(ids[0]);
    const events = await collect(open().readStream(IDENTITY_STREAM));
    expect(events).toMatchObject([{ revision: 0, data: { ledger_id: ids[0] } }]);
    expect(await verifyChain(events, crypto)).toBeUndefined();
  });

  it('is not made by who only reads', async () => {
    const reader = KurrentDbEventStore.open(double.url);
    stores.push(reader);
    expect(await reader.identity()).toBeUndefined();
    const id = await open().identity();
    expect(await reader.identity()).toBe(id);
  });

  it('is not what somebody else has written there', async () => {
    await mustAppend(open(), IDENTITY_STREAM, 'no_stream', numberedEvents(IDENTITY_STREAM, 1));
    await expect(open().identity()).rejects.toThrow(CorruptStoreError);
  });

  it('tells the event at a position from any other, and where none stands', async () => {
    const store = open();
    const stream = uniqueName();
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
    const events = await collect(store.readStream(stream));
    for (const event of events) {
      expect(await store.fingerprintAt(event.position)).toBe(event.id);
      expect(await store.fingerprintAt(event.position, event)).toBe(event.id);
    }
    const last = events.at(-1)?.position ?? '';
    const beyond = last.replaceAll(/\b0/g, '1');
    expect(await store.fingerprintAt(beyond)).toBeUndefined();
    const between = BigInt(last.slice(0, 20)) - 1n;
    const place = String(between).padStart(20, '0');
    expect(await store.fingerprintAt(`${place}-${place}`)).toBeUndefined();
    // As a filtered subscription gives it.
    expect(await store.fingerprintAt(`${last.slice(0, 20)}-${'0'.repeat(20)}`)).toBe(events.at(-2)?.id);
  });

  it('ends a subscription whose ledger was replaced by an older copy while it was away', async () => {
    const store = open();
    const id = await store.identity();
    const stream = uniqueName();
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 2));
    await double.kill();
    await copyFile(join(folder, 'ledger.log'), join(folder, 'older.log'));
    await double.restart();
    await appendTo(open(), stream, 1, numberedEvents(stream, 1, 2));

    const batches = store.subscribe({ streamPrefix: stream }, new AbortController().signal);
    let seen = 0;
    for await (const { events, caughtUp } of batches as AsyncIterable<SubscriptionBatch>) {
      seen += events.length;
      if (caughtUp && seen === 3) break;
    }
    const followed = store.subscribe({ streamPrefix: stream }, new AbortController().signal);
    const ending = (async () => {
      let given = 0;
      for await (const { events } of followed) {
        given += events.length;
        if (given < 3) continue;
        await double.kill();
        await copyFile(join(folder, 'older.log'), join(folder, 'ledger.log'));
        await double.restart();
      }
    })();
    await expect(ending).rejects.toThrow(new RegExp(`The ledger ${id} was followed up to .* an older copy`));
  });

  it('gives whoever follows from now on what the ledger has now, and nothing that was read of the one before', async () => {
    const store = open();
    const prefix = uniqueName();
    await store.identity();
    await mustAppend(store, `${prefix}-1`, 'no_stream', numberedEvents(prefix, 40));
    const follower = new Subscriber(store, { streamPrefix: prefix });
    await follower.until(({ events }) => events.length === 40);
    // It takes so long for its first batch that it hears of nothing.
    const slow = store.subscribe({ streamPrefix: prefix }, new AbortController().signal);
    await slow.next();
    await double.kill();
    await rm(join(folder, 'ledger.log'));
    await double.restart();
    expect((await follower.failure())?.message).toMatch(/was followed, and KurrentDB has/);
    const other = open();
    await other.identity();
    await mustAppend(other, `${prefix}-2`, 'no_stream', numberedEvents(prefix, 3));
    const next = new Subscriber(store, { streamPrefix: prefix });
    await next.until(({ batches }) => batches.at(-1)?.caughtUp === true);
    expect(next.events.map(({ stream }) => stream)).toEqual(Array(3).fill(`${prefix}-2`));
    await next.stop();
    await expect(slow.next()).rejects.toThrow(CorruptStoreError);
  });

  it('keeps an append of which nothing is known from being sent to another ledger', async () => {
    const proxy = await startCountingProxy(double.port);
    const another = await startKurrentDbDouble();
    const store = KurrentDbEventStore.open(`kurrentdb://127.0.0.1:${proxy.port}?tls=false`);
    stores.push(store);
    const elsewhere = KurrentDbEventStore.open(another.url, (id) => identityEvent(id, { clock, crypto }));
    stores.push(elsewhere);
    const [stream, lost] = [uniqueName(), uniqueName('lost')];
    await Promise.all([open().identity(), elsewhere.identity()]);
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
    await double.tell('leaveUnanswered', lost);
    const before = (await double.counts()).appends;
    const unanswered = appendTo(store, lost, 'no_stream', numberedEvents(lost, 1));
    const failed = expect(unanswered).rejects.toMatchObject({ code: 'unavailable' });
    await untilTrue(async () => (await double.counts()).appends > before);
    proxy.redirect(another.port);
    proxy.breakConnections();
    await failed;
    expect(await collect(elsewhere.readStream(lost))).toEqual([]);
    // Whoever decides again, on what is there now, may append.
    await mustAppend(store, lost, 'no_stream', numberedEvents(lost, 1));
    await Promise.all(stores.splice(0).map((one) => one.close()));
    await another.stop();
    await proxy.close();
  });

  it('is not made without the right to write, which nobody needs who only reads', async () => {
    await double.tell('deny', 'write');
    const store = open();
    await expect(store.identity()).rejects.toMatchObject({ code: 'ledger_access_denied' });
    expect(await ledgerCheck(store)()).toEqual({ ok: true });
  });

  it('refuses an append, once, when another ledger is there than what was decided on', async () => {
    const store = open();
    const stream = uniqueName();
    let replaced = 0;
    store.whenReplaced(() => replaced++);
    await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
    await double.restart();
    await mustAppend(store, stream, 0, numberedEvents(stream, 1, 1));
    expect(replaced).toBe(0);
    await double.kill();
    await rm(join(folder, 'ledger.log'));
    await double.restart();
    const other = uniqueName();
    const events = numberedEvents(other, 1);
    await expect(appendTo(store, other, 'no_stream', events)).rejects.toMatchObject({ code: 'unavailable' });
    expect(replaced).toBe(1);
    expect(await collect(store.readStream(other))).toEqual([]);
    await mustAppend(store, other, 'no_stream', events);
    expect(replaced).toBe(1);
  });
});
