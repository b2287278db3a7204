import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { appendTo, collect, mustAppend, numberedEvents } from '../support/event-store-fixtures.js';

const SEGMENT = '0000000000000001.log';

describe('a ledger with a damaged event', () => {
  let parent: string;
  let folder: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-damage-'));
    folder = join(parent, 'ledger');
    const store = await EmbeddedEventStore.open(folder);
    for (const stream of ['a-1', 'a-2', 'a-3']) {
      await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 2));
      await mustAppend(store, stream, 1, numberedEvents(stream, 1, 2));
    }
    await store.close();
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  /** Changes a byte in the text of the event that says so, where `numberedEvents` has it. */
  async function damage(stream: string, number: number): Promise<void> {
    const file = await open(join(folder, SEGMENT), 'r+');
    const bytes = await file.readFile();
    const at = bytes.indexOf(`{"stream":"${stream}","number":${number}}`);
    expect(at).toBeGreaterThan(0);
    await file.write(Buffer.from('#'), 0, 1, at);
    await file.close();
  }

  it.each([
    ['with its index', false],
    ['whose index is gone', true],
  ])('%s gives it in its place, and everything else', async (_, withoutIndex) => {
    await damage('a-2', 1);
    if (withoutIndex) await rm(join(folder, 'index'), { recursive: true });
    const store = await EmbeddedEventStore.open(folder);
    const all = await collect(store.readAll());
    expect(all.map(({ position }) => Number(position))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const damaged = all.filter(({ damage }) => damage !== undefined);
    expect(damaged).toMatchObject([{ stream: 'a-2', revision: 1, position: '0000000000000005' }]);
    const stream = await collect(store.readStream('a-2'));
    expect(stream.map(({ revision, damage }) => [revision, damage === undefined])).toEqual([
      [0, true],
      [1, false],
      [2, true],
    ]);
    expect(await collect(store.readStream('a-1'))).toHaveLength(3);
    await store.close();
  });

  it('gives out no revision twice, though the last event of a stream is damaged and the index is gone', async () => {
    await damage('a-2', 2);
    await damage('a-3', 2);
    await rm(join(folder, 'index'), { recursive: true });
    const store = await EmbeddedEventStore.open(folder);
    for (const stream of ['a-2', 'a-3']) {
      const events = numberedEvents(stream, 1, 7);
      expect(await appendTo(store, stream, 1, events)).toEqual({ outcome: 'conflict', actualRevision: 2 });
      expect(await appendTo(store, stream, 2, events)).toMatchObject({ outcome: 'appended', revision: 3 });
    }
    await store.close();
  });
});
