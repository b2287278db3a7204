import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { READER_POLL_MS } from '../../shared/adapters/embedded/event-store/ledger-subscriptions.js';
import { SUBSCRIPTION_BATCH_EVENTS_MAX, type RecordedEvent } from '../../shared/core/ports/event-store.js';
import { collect, mustAppend, numberedEvents, Subscriber } from '../support/event-store-fixtures.js';
import { LedgerProcess } from '../support/ledger-process.js';
import { LedgerThread } from '../support/ledger-thread.js';

describe('a reader of the embedded ledger beside its writer', () => {
  let parent: string;
  let folder: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-readers-'));
    folder = join(parent, 'ledger');
    withoutPolls();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(parent, { recursive: true, force: true });
  });

  const caughtUp = ({ batches }: Subscriber) => batches.at(-1)?.caughtUp === true;
  const positions = ({ events }: Subscriber) => events.map(({ position }) => position);

  it('hears of each commit of the same process', async () => {
    const writer = await EmbeddedEventStore.open(folder);
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    const subscriber = new Subscriber(reader, {});
    await subscriber.until(caughtUp);
    for (let number = 0; number < 20; number++) {
      const stream = `live-${number}`;
      const position = await mustAppend(writer, stream, 'no_stream', numberedEvents(stream, 1));
      await subscriber.until((given) => positions(given).at(-1) === position);
    }
    await subscriber.stop();
    await reader.close();
    await writer.close();
  });

  it('hears of each commit of another thread, and reads what that thread has answered at once', async () => {
    const writer = await LedgerThread.start(folder);
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    const subscriber = new Subscriber(reader, {});
    await subscriber.until(caughtUp);
    for (let number = 0; number < 20; number++) {
      // This turn of the event loop has read an older state.
      expect(await collect(reader.readStream(`live-${number}`))).toEqual([]);
      const appended = writer.append(`live-${number}`, 3);
      expect(await collect(reader.readStream(`live-${number}`))).toHaveLength(3);
      const position = await appended;
      expect(await reader.lastPosition()).toBe(position);
      await subscriber.until((given) => positions(given).at(-1) === position);
    }
    await writer.end();
    expect(await collect(reader.readAll())).toEqual(subscriber.events);
    await subscriber.stop();
    await reader.close();
  });

  it('goes on when the thread that wrote is gone, and hears of the next one', async () => {
    const first = await LedgerThread.start(folder);
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    const subscriber = new Subscriber(reader, {});
    await first.append('first', 5);
    await first.end();
    const second = await LedgerThread.start(folder);
    const position = await second.append('second', 5);
    await subscriber.until((given) => positions(given).at(-1) === position);
    await subscriber.stop();
    await reader.close();
    await second.append('third', 5);
    await second.end();
  });

  it('gives subscribers of different prefixes and speeds all of theirs in order, each event made once', async () => {
    const writer = await EmbeddedEventStore.open(folder);
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    const abort = new AbortController();
    const follow = async (streamPrefix: string, turnsPerBatch: number): Promise<RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      for await (const batch of reader.subscribe({ streamPrefix }, abort.signal)) {
        expect(batch.events.length).toBeLessThanOrEqual(SUBSCRIPTION_BATCH_EVENTS_MAX);
        events.push(...batch.events);
        if (Number(batch.position ?? 0) >= 12_000) break;
        for (let turn = 0; turn < turnsPerBatch; turn++) await setImmediate();
      }
      return events;
    };
    const following = [follow('', 0), follow('a', 3), follow('a', 50), follow('b', 10)];
    for (let round = 0; round < 60; round++) {
      const streams = ['a', 'b'].map((kind) => `${kind}-${round}`);
      const appends = streams.map((stream) => ({
        stream,
        expectedRevision: 'no_stream' as const,
        events: numberedEvents(stream, 100),
      }));
      await writer.append(appends);
    }
    const [all = [], ...some] = await Promise.all(following);
    const expected = await collect(writer.readAll());
    expect(all).toEqual(expected);
    for (const [index, kind] of ['a', 'a', 'b'].entries()) {
      const theirs = all.filter(({ stream }) => stream.startsWith(kind));
      expect(some[index]).toHaveLength(theirs.length);
      expect(some[index]?.every((event, place) => event === theirs[place])).toBe(true);
    }
    await reader.close();
    await writer.close();
  }, 60_000);

  it('gives a subscriber that is far behind what the others have had long ago', async () => {
    const writer = await EmbeddedEventStore.open(folder);
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    const quick = new Subscriber(reader, {});
    for (let round = 0; round < 20; round++) {
      await mustAppend(writer, `s-${round}`, 'no_stream', numberedEvents(`s-${round}`, 1_000));
    }
    await quick.until(({ batches }) => Number(batches.at(-1)?.position) === 20_000);
    const late = new Subscriber(reader, { streamPrefix: 's-1' });
    await mustAppend(writer, 'live', 'no_stream', numberedEvents('live', 1));
    const atEnd = ({ batches }: Subscriber) => Number(batches.at(-1)?.position) === 20_001;
    await Promise.all([quick.until(atEnd), late.until(atEnd)]);
    const all = await collect(reader.readAll());
    expect(quick.events).toEqual(all);
    expect(late.events).toEqual(all.filter(({ stream }) => stream.startsWith('s-1')));
    await Promise.all([quick.stop(), late.stop()]);
    await reader.close();
    await writer.close();
  }, 60_000);

  it('does not keep the process running', async () => {
    const process = new LedgerProcess('leave', folder);
    expect(await process.exit()).toBe(0);
    expect(process.lines).toEqual(['open']);
  });
});

/** No timer of the time between two polls ever fires, so that only news wakes a reader. */
function withoutPolls(): void {
  const real = globalThis.setTimeout;
  const spy = jest.spyOn(globalThis, 'setTimeout') as unknown as jest.Mock<typeof real>;
  spy.mockImplementation(((callback: () => void, ms?: number) =>
    real(ms === READER_POLL_MS ? () => undefined : callback, ms)) as typeof real);
}
