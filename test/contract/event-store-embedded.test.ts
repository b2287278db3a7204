import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QUEUED_EVENTS_MAX } from '../../shared/adapters/embedded/event-store/append-queue.js';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { InvalidSettingError, UnavailableError } from '../../shared/core/contracts/errors.js';
import { appendTo, collect, mustAppend, numberedEvents } from '../support/event-store-fixtures.js';
import { LedgerProcess } from '../support/ledger-process.js';

const KILLS = 8;

describe('the embedded ledger among processes', () => {
  let parent: string;
  let folder: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-embedded-'));
    folder = join(parent, 'ledger');
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('has every acknowledged event after kill -9 at any moment, and each append whole', async () => {
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < KILLS; round++) {
      const writer = new LedgerProcess('append', folder);
      const lines = 1 + Math.floor(Math.random() * 3_000);
      await writer.until(({ length }) => length >= lines);
      await writer.end('SIGKILL');
      // A line that the kill cut off says nothing.
      for (const [, stream, revision, position] of writer.lines.map((line) => line.split(' '))) {
        if (position?.length === 16) acknowledged.set(`${stream}/${revision}`, position);
      }

      const store = await EmbeddedEventStore.open(folder);
      const all = await collect(store.readAll());
      const places = new Map(
        all.map(({ stream, revision, position }) => [`${stream}/${revision}`, position]),
      );
      expect(places.size).toBe(all.length);
      expect([...acknowledged].filter(([place, position]) => places.get(place) !== position)).toEqual([]);
      expect(all.map(({ position }) => Number(position))).toEqual(all.map((_, index) => index + 1));
      for (let appender = 0; appender < 16; appender++) {
        const [a, b] = [`pair-${appender}-a`, `pair-${appender}-b`].map((stream) =>
          all
            .filter((event) => event.stream === stream)
            .map(({ revision, id }) => [revision, id.split('/')[1]]),
        );
        expect(a).toEqual(b);
        expect(a).toEqual(a?.map((_, revision) => [revision, String(revision)]));
        expect(await collect(store.readStream(`pair-${appender}-a`))).toHaveLength(a?.length ?? 0);
      }
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS);
  }, 120_000);

  it('is written by one process at a time, and taken over at once from one that was killed', async () => {
    const holder = new LedgerProcess('hold', folder);
    await holder.until((lines) => lines.includes('open'));
    const refused = EmbeddedEventStore.open(folder);
    await expect(refused).rejects.toThrow(InvalidSettingError);
    await expect(refused).rejects.toThrow(
      `The folder ${folder} is in use by another process (pid ${holder.pid})`,
    );
    await holder.end('SIGKILL');
    const store = await EmbeddedEventStore.open(folder);
    await expect(EmbeddedEventStore.open(folder)).rejects.toThrow(
      `in use by this process (pid ${process.pid})`,
    );
    await mustAppend(store, 'still', 'no_stream', numberedEvents('still', 1));
    await store.close();
    const again = await EmbeddedEventStore.open(folder);
    expect(await collect(again.readStream('still'))).toHaveLength(1);
    await again.close();
  });

  it('is read by another process while this one writes', async () => {
    await expect(EmbeddedEventStore.open(folder, { readOnly: true })).rejects.toThrow(/nothing to read/);
    const store = await EmbeddedEventStore.open(folder);
    const positions = [await mustAppend(store, 'before', 'no_stream', numberedEvents('before', 1))];
    const reader = new LedgerProcess('follow', folder);
    await reader.until((lines) => lines.includes('caught up'));
    expect(reader.lines).toEqual([...positions, 'caught up']);
    for (let number = 0; number < 50; number++) {
      const stream = `live-${number}`;
      positions.push(await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1)));
    }
    await reader.until((lines) => lines.includes(positions.at(-1) as string));
    expect(reader.lines.filter((line) => line !== 'caught up')).toEqual(positions);
    expect(await reader.end('SIGTERM')).toBe(0);
    await store.close();
  });

  it('answers unavailable when the disk is full, keeps what it acknowledged, and goes on when there is room', async () => {
    const writer = new LedgerProcess('fill', folder, 4_000);
    expect(await writer.exit()).toBe(0);
    const [, count] = writer.lines[0]?.split(' after ') ?? [];
    expect(writer.lines).toEqual([`unavailable after ${count}`, `found ${count}`]);
    const store = await EmbeddedEventStore.open(folder);
    const stream = `full-${count}`;
    const position = await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 1));
    expect(Number(position)).toBe(Number(count) + 1);
    expect(await collect(store.readAll())).toHaveLength(Number(count) + 1);
    await store.close();
  });

  it('answers unavailable when too much waits, and takes more once that is written', async () => {
    const store = await EmbeddedEventStore.open(folder);
    const calls = QUEUED_EVENTS_MAX / 1_000 + 1;
    const appends = Array.from({ length: calls }, (_, call) =>
      appendTo(store, `s-${call}`, 'no_stream', numberedEvents(`s-${call}`, 1_000)),
    );
    const results = await Promise.allSettled(appends);
    expect(results.slice(0, -1).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(results.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    await mustAppend(store, 'later', 'no_stream', numberedEvents('later', 1));
    expect(await store.lastPosition()).toBe(String(QUEUED_EVENTS_MAX + 1).padStart(16, '0'));
    await store.close();
  });

  it('refuses what a reader may not do', async () => {
    const store = await EmbeddedEventStore.open(folder);
    await store.close();
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    await expect(appendTo(reader, 'any', 'no_stream', numberedEvents('any', 1))).rejects.toThrow(
      UnavailableError,
    );
    expect(await reader.lastPosition()).toBeUndefined();
    await reader.close();
  });
});
