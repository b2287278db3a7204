import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StreamIndex, type IndexChange } from '../../shared/adapters/embedded/event-log/stream-index.js';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { NOT_INDEXED_EVENTS_MAX } from '../../shared/adapters/embedded/event-store/ledger-view.js';
import { appendTo, numberedEvents } from '../support/event-store-fixtures.js';

const EVENTS_AT_ONCE = 1_000;

const REAL = StreamIndex.prototype as {
  add: (this: StreamIndex, change: IndexChange) => Promise<void>;
};

describe('the embedded ledger while its index lags behind', () => {
  let parent: string;
  let store: EmbeddedEventStore;
  let streams = 0;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-index-'));
    store = await EmbeddedEventStore.open(join(parent, 'ledger'));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await store.close();
    await rm(parent, { recursive: true, force: true });
  });

  const appendSome = async (): Promise<string> => {
    const stream = `stream-${streams++}`;
    const { outcome } = await appendTo(store, stream, 'no_stream', numberedEvents(stream, EVENTS_AT_ONCE));
    return outcome;
  };

  const fill = async (): Promise<void> => {
    for (let events = 0; events < NOT_INDEXED_EVENTS_MAX; events += EVENTS_AT_ONCE) await appendSome();
  };

  it('lets appends wait for an index that is slower than they are', async () => {
    const slow = holdIndex();
    await fill();
    const full = await store.lastPosition();
    const waiting = Promise.all([appendSome(), appendSome(), appendSome()]);
    await slow.asked;
    expect(await store.lastPosition()).toBe(full);
    slow.release();
    expect(await waiting).toEqual(['appended', 'appended', 'appended']);
  }, 60_000);

  it('refuses appends by name when the index can no longer be written, and takes them again once it can', async () => {
    const broken = jest.spyOn(StreamIndex.prototype, 'add').mockRejectedValue(new Error('No space left'));
    await fill();
    await expect(appendSome()).rejects.toThrow("The ledger's index can't be written: the disk is full");
    broken.mockRestore();
    while ((await appendSome().catch(() => 'refused')) !== 'appended') await nextWrite();
  }, 60_000);
});

/** Lets the index take nothing until it is released. */
function holdIndex(): { asked: Promise<void>; release(): void } {
  const { add } = REAL;
  let release!: () => void;
  let ask!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const asked = new Promise<void>((resolve) => (ask = resolve));
  jest.spyOn(StreamIndex.prototype, 'add').mockImplementation(async function (this: StreamIndex, change) {
    ask();
    await gate;
    return add.call(this, change);
  });
  return { asked, release };
}

/** Waits until something was written to an index. */
function nextWrite(): Promise<void> {
  const { add } = REAL;
  return new Promise((resolve) => {
    const spy = jest.spyOn(StreamIndex.prototype, 'add').mockImplementation(async function (
      this: StreamIndex,
      change,
    ) {
      spy.mockRestore();
      await add.call(this, change);
      resolve();
    });
  });
}
