import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  FORWARDS,
  KurrentDBClient,
  START,
  type AllStreamResolvedEvent,
  type Position,
} from '@kurrent/kurrentdb-client';
import { KurrentDbEventStore } from '../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { TASK_STREAM_PREFIX } from '../shared/core/application/streams.js';
import { REAL_RATES, startKurrentDbDouble } from '../test/support/kurrentdb-double/start-kurrentdb-double.js';
import type { BenchOptions } from './bench-options.js';
import type { BenchFigure } from './figure.js';
import { allTaken, sendRows } from './http-posts.js';
import { CHANGES_PER_TASK, TASKS_PER_BATCH } from './lives.js';
import { lifeRow } from './publish-lives.js';
import { startTaskledger, type ServerProcess } from './server-process.js';

/** Each with a batch of 100 events under way: with more the store answers some of them too late. */
const CONNECTIONS = 8;
const LOOK_DELAY_MS = 20;
const PAGE_EVENTS = 2_000;
const ROW_EVENTS = TASKS_PER_BATCH * CHANGES_PER_TASK;

/**
 * How the program keeps up with a ledger on KurrentDB, with the read model in its folder: on the double of the protocol
 * with the rates of a real 26.1, or on what EVENT_STORE_URL names. With a baseline, the same of that in turns.
 */
export async function* benchKurrentDbFollow({
  backlog,
  baseline,
}: BenchOptions): AsyncGenerator<BenchFigure> {
  yield* figuresOf(backlog, '');
  if (baseline !== undefined) yield* figuresOf(backlog, ', of the baseline', baseline);
}

async function* figuresOf(backlog: number, of: string, script?: string): AsyncGenerator<BenchFigure> {
  const url = process.env['EVENT_STORE_URL'];
  const double = url ? undefined : await startKurrentDbDouble(REAL_RATES);
  const connection = url ?? double?.url ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-follow-'));
  const store = KurrentDbEventStore.open(connection);
  let starts = 0;
  const start = (): Promise<ServerProcess> =>
    startTaskledger(join(folder, String(starts++)), script, { EVENT_STORE_URL: connection });
  const figure = (name: string, rate: number, limit: number, target: number): BenchFigure => ({
    name: `KurrentDB: ${name}${of}`,
    ...{ unit: 'events/s', measured: rate, limit, ratio: rate / limit, target, better: 'higher' },
  });
  let server = await start();
  try {
    const rows = Array.from({ length: Math.ceil(backlog / ROW_EVENTS) }, () => lifeRow(server.url));
    const events = rows.length * ROW_EVENTS;
    const begun = performance.now();
    const ingestMs = await publish(server.url, rows);
    await projected(server.url, await lastTaskEvent(store));
    const projectedMs = performance.now() - begun;
    yield figure(
      'events in the read model while they are taken in, against those taken in',
      perSecond(events, projectedMs),
      perSecond(events, ingestMs),
      0.9,
    );
    await server.stop();

    const read = await pagedReading(connection);
    server = await start();
    const fromNothing = await rateOf(read.events, async () =>
      projected(server.url, await lastTaskEvent(store)),
    );
    await server.stop();
    yield figure('a read model from nothing, against paged reading alone', fromNothing, read.rate, 0.6);

    server = await start();
    const end = await lastTaskEvent(store);
    const ingest = ingestUntilStopped(server.url);
    const meanwhile = await rateOf(read.events, () => projected(server.url, end));
    const taken = await ingest.stop();
    yield figure(
      `${read.events} events worked off while ${Math.round(taken)} a second are taken in, against those`,
      meanwhile,
      taken,
      1,
    );
  } finally {
    await server.stop();
    await store.close();
    await double?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const publish = (url: string, rows: Iterable<readonly Buffer[]>): Promise<number> =>
  sendRows(url, rows, CONNECTIONS, allTaken(TASKS_PER_BATCH));

const perSecond = (events: number, ms: number): number => (events * 1000) / ms;

async function rateOf(events: number, work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return perSecond(events, performance.now() - begun);
}

async function lastTaskEvent(store: KurrentDbEventStore): Promise<string> {
  const last = { direction: 'backwards', limit: 1, streamPrefix: TASK_STREAM_PREFIX } as const;
  for await (const { position } of store.readAll(last)) return position;
  throw new Error('There is no event of a task');
}

/** Waits until the lists have come to a position. */
async function projected(url: string, end: string): Promise<void> {
  for (;;) {
    const { data } = (await (await fetch(`${url}/health/ready`)).json()) as {
      data: { parts: { projector: { position: string | null } } };
    };
    if ((data.parts.projector.position ?? '') >= end) return;
    await delay(LOOK_DELAY_MS);
  }
}

/** Events of tasks a second, when all that the store has is read with the client alone. */
async function pagedReading(url: string): Promise<{ events: number; rate: number }> {
  const client = KurrentDBClient.connectionString(url);
  try {
    let events = 0;
    const begun = performance.now();
    let fromPosition: Position | typeof START = START;
    for (;;) {
      let given = 0;
      const page = {
        fromPosition,
        direction: FORWARDS,
        maxCount: PAGE_EVENTS,
        requiresLeader: true,
      } as const;
      const reading: AsyncIterable<AllStreamResolvedEvent> = client.readAll(page);
      for await (const { event } of reading) {
        given++;
        if (event?.streamId.startsWith(TASK_STREAM_PREFIX)) events++;
        fromPosition = event?.position ?? fromPosition;
      }
      if (given < PAGE_EVENTS) return { events, rate: perSecond(events, performance.now() - begun) };
    }
  } finally {
    await client.dispose();
  }
}

/** Takes in lives of tasks one row after the other. Answers, when it is stopped, how many events a second it were. */
function ingestUntilStopped(url: string): { stop(): Promise<number> } {
  let isStopped = false;
  let rows = 0;
  const begun = performance.now();
  function* untilStopped(): Generator<Buffer[]> {
    for (; !isStopped; rows++) yield lifeRow(url);
  }
  const sending = publish(url, untilStopped());
  return {
    async stop() {
      isStopped = true;
      await sending;
      return perSecond(rows * ROW_EVENTS, performance.now() - begun);
    },
  };
}
