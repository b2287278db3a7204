import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import { newEvent } from '../support/event-store-fixtures.js';
import { describeWithSmallDisks, SmallDisk } from '../support/faults/small-disk.js';

const STREAMS = 3_000;
/** Room for an empty index, and not for that of so many streams. */
const LEFT_BYTES = 96 * 1024;

describeWithSmallDisks('the embedded ledger on a full disk', () => {
  let disk: SmallDisk;
  let path: string;

  beforeEach(() => {
    disk = SmallDisk.mount('tmpfs', 8);
    path = join(disk.path, 'ledger');
  });
  afterEach(() => disk.unmount());

  const append = (store: EventStore, stream: string) =>
    store.append([{ stream, expectedRevision: 'no_stream', events: [newEvent({ stream })] }]);

  it('opens when there is no room for its index, and writes that when there is', async () => {
    const before = await EmbeddedEventStore.open(path);
    await Promise.all(Array.from({ length: STREAMS }, (_, at) => append(before, `some-${at}`)));
    await before.close();
    await rm(join(path, 'index'), { recursive: true });
    disk.fill(LEFT_BYTES);

    const told: string[] = [];
    const full = await EmbeddedEventStore.open(path, { told: (_event, message) => told.push(message) });
    expect(told).toEqual([expect.stringContaining("can't be written, and is held in memory")]);
    for await (const { stream } of full.readStream(`some-${STREAMS - 1}`)) expect(stream).toMatch(/^some-/);
    disk.free();
    await append(full, 'some-more');
    await full.close();

    const after = await EmbeddedEventStore.open(path, { told: (_event, message) => told.push(message) });
    expect(told).toHaveLength(1);
    let events = 0;
    for await (const _ of after.readStream(`some-${STREAMS - 1}`)) events++;
    expect(events).toBe(1);
    await after.close();
  });
});
