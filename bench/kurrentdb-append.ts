import { KurrentDBClient, NO_STREAM } from '@kurrent/kurrentdb-client';
import { KurrentDbEventStore } from '../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import type { NewEvent } from '../shared/core/ports/event-store.js';
import { startKurrentDbDouble } from '../test/support/kurrentdb-double/start-kurrentdb-double.js';
import { median, type BenchFigure } from './figure.js';
import { handedEvents } from './handed-events.js';

const ROUNDS = 9;
const TARGET = 0.8;

const CASES = [
  { what: '1 in flight', inFlight: 1, appends: 600, eventsPerAppend: 1 },
  { what: '64 in flight', inFlight: 64, appends: 4_000, eventsPerAppend: 1 },
  { what: 'batches of 100, 8 in flight', inFlight: 8, appends: 120, eventsPerAppend: 100 },
];

type Append = (stream: string, events: NewEvent[]) => Promise<void>;

/**
 * Appends through the port against the client's own `appendToStream`, each to a stream of its own, on the same store in
 * turns: the one that EVENT_STORE_URL names, else the double of its protocol, in memory.
 */
export async function benchKurrentDbAppend(): Promise<BenchFigure[]> {
  const url = process.env['EVENT_STORE_URL'];
  const double = url ? undefined : await startKurrentDbDouble();
  const connection = url ?? double?.url ?? '';
  const store = KurrentDbEventStore.open(connection);
  const client = KurrentDBClient.connectionString(connection);
  const throughPort: Append = async (stream, events) => {
    const [outcome] = await store.append([{ stream, expectedRevision: 'no_stream', events }]);
    if (outcome?.outcome !== 'appended') throw new Error(`Stream ${stream} was not appended to`);
  };
  const raw: Append = async (stream, events) => {
    const sent = events.map((event) => ({ ...event, contentType: 'application/json' as const }));
    await client.appendToStream(stream, sent, { streamState: NO_STREAM });
  };
  try {
    const handed = (await handedEvents()).map(({ event }) => event);
    const figures: BenchFigure[] = [];
    for (const { what, ...size } of CASES) {
      const rates: Record<'measured' | 'limit' | 'ratio', number[]> = { measured: [], limit: [], ratio: [] };
      const events = Array.from(
        { length: size.eventsPerAppend },
        (_, index) => handed[index % handed.length]!,
      );
      // The first round is for the just-in-time compilers.
      for (let round = 0; round <= ROUNDS; round++) {
        const limit = await rateOf(raw, events, size);
        const measured = await rateOf(throughPort, events, size);
        if (round === 0) continue;
        rates.limit.push(limit);
        rates.measured.push(measured);
        rates.ratio.push(measured / limit);
      }
      figures.push({
        name: `EventStore append on KurrentDB${url ? '' : "'s double"}, ${what}, against the client alone`,
        unit: 'events/s',
        measured: median(rates.measured),
        limit: median(rates.limit),
        ratio: median(rates.ratio),
        target: TARGET,
        better: 'higher',
      });
    }
    return figures;
  } finally {
    await store.close();
    await client.dispose();
    await double?.stop();
  }
}

interface Size {
  inFlight: number;
  appends: number;
  eventsPerAppend: number;
}

let streams = 0;
const RUN = Date.now();

async function rateOf(
  append: Append,
  events: NewEvent[],
  { inFlight, appends, eventsPerAppend }: Size,
): Promise<number> {
  let left = appends;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await append(`bench-${RUN}-${streams++}`, events);
    }),
  );
  return (appends * eventsPerAppend * 1000) / (performance.now() - start);
}
