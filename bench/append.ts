import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { median, type BenchFigure } from './figure.js';
import { APPENDERS, firstEvents, RawLedger, rateOf } from './raw-ledger.js';

const ROUNDS = 15;
const EVENTS_PER_ROUND = 8_000;

/**
 * Appends to the embedded ledger, one event a call from 64 appenders, each to a stream of its own, against LMDB alone
 * doing the same puts: same keys, bytes and options, and each appender waits for its own to be on disk. Both in turns.
 */
export async function benchAppend(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-append-'));
  const store = await EmbeddedEventStore.open(join(folder, 'ledger'));
  const raw = new RawLedger(join(folder, 'raw'));
  try {
    const appendRates: number[] = [];
    const rawRates: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const events = firstEvents(EVENTS_PER_ROUND, round);
      const appendRate = () =>
        rateOf(events, async ({ stream, event }) => {
          const [outcome] = await store.append([{ stream, expectedRevision: 'no_stream', events: [event] }]);
          if (outcome?.outcome !== 'appended') throw new Error(`Stream ${stream} was not appended to`);
        });
      // Each goes first in turn: whoever is second has to collect what the first one leaves.
      const early = round % 2 === 0 ? await appendRate() : undefined;
      const limit = await raw.rate(events);
      const measured = early ?? (await appendRate());
      rawRates.push(limit);
      appendRates.push(measured);
      ratios.push(measured / limit);
    }
    return {
      name: `EventStore append, ${APPENDERS} appenders, against raw LMDB doing the same puts`,
      unit: 'events/s',
      measured: median(appendRates),
      limit: median(rawRates),
      // Of each round on its own, since a disk's speed changes from one to the next.
      ratio: median(ratios),
      target: 0.7,
      better: 'higher',
    };
  } finally {
    await store.close();
    await raw.close();
    await rm(folder, { recursive: true, force: true });
  }
}
