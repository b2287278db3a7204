import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import type { EventStore } from '../shared/core/ports/event-store.js';
import { median, type BenchFigure } from './figure.js';
import { handedEvents, type HandedEvent } from './handed-events.js';
import { APPENDERS, RawLedger, rateOf } from './raw-ledger.js';

const STREAMS = 1_000_000;
/** Of the streams that there are before anything is measured. */
const FILL_AT_ONCE = 2_000;
const ROUNDS = 15;
const EVENTS_PER_ROUND = 8_000;

/** Has no divisor in common with the number of streams, so that all are met, in an order that no page has. */
const STRIDE = 618_033;

/**
 * Appends to the embedded ledger, one event a call from 64 appenders, each to another one of 1,000,000 streams, against LMDB
 * alone putting the same bytes under sequential keys; each appender waits for its own to be on disk. Both in turns.
 */
export async function benchAppend(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-append-'));
  const store = await EmbeddedEventStore.open(join(folder, 'ledger'));
  const raw = new RawLedger(join(folder, 'raw'));
  try {
    const handed = await handedEvents();
    await fill(store, handed[0] as HandedEvent);
    const later = handed.filter(({ change }) => change > 0);
    const appendRates: number[] = [];
    const rawRates: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const appends = Array.from({ length: EVENTS_PER_ROUND }, (_, index) => ({
        stream: streamName((round * EVENTS_PER_ROUND + index) * STRIDE),
        ...(later[index % later.length] as HandedEvent),
      }));
      const appendRate = () =>
        rateOf(appends, async ({ stream, event }) => {
          const [outcome] = await store.append([{ stream, expectedRevision: 0, events: [event] }]);
          if (outcome?.outcome !== 'appended') throw new Error(`Stream ${stream} was not appended to`);
        });
      // Each goes first in turn: whoever is second has to collect what the first one leaves.
      const early = round % 2 === 0 ? await appendRate() : undefined;
      const limit = await raw.rate(appends.map(({ records }) => records));
      const measured = early ?? (await appendRate());
      rawRates.push(limit);
      appendRates.push(measured);
      ratios.push(measured / limit);
    }
    return {
      name: `EventStore append, ${APPENDERS} appenders, each event to another of ${STREAMS} streams, against LMDB with sequential keys alone`,
      unit: 'events/s',
      measured: median(appendRates),
      limit: median(rawRates),
      // Of each round on its own, since a disk's speed changes from one to the next.
      ratio: median(ratios),
      target: 0.6,
      better: 'higher',
    };
  } finally {
    await store.close();
    await raw.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Gives every stream its first event. */
async function fill(store: EventStore, { event }: HandedEvent): Promise<void> {
  for (let first = 0; first < STREAMS; first += FILL_AT_ONCE) {
    const appends = Array.from({ length: FILL_AT_ONCE }, (_, index) => ({
      stream: streamName(first + index),
      expectedRevision: 'no_stream' as const,
      events: [event],
    }));
    const outcomes = await store.append(appends);
    if (outcomes.some(({ outcome }) => outcome !== 'appended')) throw new Error('Streams could not be made');
  }
}

const streamName = (number: number): string => `task-${1 + (number % STREAMS)}`;
