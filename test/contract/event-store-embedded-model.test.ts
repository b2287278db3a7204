import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import type { AppendOutcome, EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import { appendTo, collect, newEvent } from '../support/event-store-fixtures.js';
import { MemoryEventStore } from '../support/memory-event-store.js';

const RUNS = 15;
const STREAMS = ['task-1', 'task-2', 'taskKey-x', 'other'];

/** What is done to a store: an append with what it expects less than or more than what is there, or a new start. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      stream: fc.constantFrom(...STREAMS),
      off: fc.constantFrom(0, 0, 0, -1, 1),
      events: fc.integer({ min: 1, max: 90 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('reopen' as const, 'lose the index' as const) },
);

/** An append's outcome without its position, which counts differently in each store. */
function said(outcome: AppendOutcome): object {
  return { ...outcome, position: undefined };
}

function content({ stream, revision, type, data }: RecordedEvent): object {
  return { stream, revision, type, data };
}

/** Everything that can be read, in both directions. */
async function readings(store: EventStore): Promise<object[][]> {
  const read: RecordedEvent[][] = [await collect(store.readAll())];
  read.push((await collect(store.readAll({ direction: 'backwards' }))).reverse());
  for (const stream of STREAMS) {
    read.push(await collect(store.readStream(stream)));
    read.push((await collect(store.readStream(stream, { direction: 'backwards' }))).reverse());
    read.push(await collect(store.readStream(stream, { fromRevision: 70, limit: 5 })));
  }
  return read.map((events) => events.map(content));
}

describe('the embedded ledger', () => {
  it('is what a store in memory is, whatever is done to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const parent = await mkdtemp(join(tmpdir(), 'taskledger-model-'));
        const folder = join(parent, 'ledger');
        const model = new MemoryEventStore();
        let store = await EmbeddedEventStore.open(folder);
        let number = 0;
        for (const one of steps) {
          if (typeof one === 'string') {
            await store.close();
            if (one === 'lose the index') await rm(join(folder, 'index'), { recursive: true });
            store = await EmbeddedEventStore.open(folder);
            continue;
          }
          const head = model.events.filter(({ stream }) => stream === one.stream).length - 1;
          const expected = Math.max(-1, head + one.off);
          const expectedRevision = expected === -1 ? 'no_stream' : expected;
          const events = Array.from({ length: one.events }, () => newEvent({ number: number++ }));
          const [own, theirs] = [
            await appendTo(store, one.stream, expectedRevision, events),
            await appendTo(model, one.stream, expectedRevision, events),
          ];
          expect(said(own)).toEqual(said(theirs));
        }
        expect(await readings(store)).toEqual(await readings(model));
        await store.close();
        await rm(parent, { recursive: true });
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
