import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type BenchFigure } from './figure.js';
import { postRequests, sendAll } from './http-posts.js';
import { APPENDERS, firstEvents, RawLedger } from './raw-ledger.js';
import { startTaskledger } from './server-process.js';

const ROUNDS = 5;
const BATCH_EVENTS = 100;
/** Enough that the ends of a round, when not every connection has a request under way, hardly count. */
const BATCHES_PER_ROUND = 600;
const CONNECTIONS = APPENDERS;

/** What a task of an ordinary pipeline sends in its life. */
const EVENTS_PER_TASK = 5;

const RAW_EVENTS_PER_ROUND = 16_000;

let tasks = 0;

/**
 * Events taken in by the whole program over HTTP, in batches of 100 that hold the whole lives of tasks, while it projects
 * them; against LMDB alone storing as many events from 64 appenders. Both in turns.
 */
export async function benchIngest(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-ingest-'));
  const server = await startTaskledger(join(folder, 'data'));
  const raw = new RawLedger(join(folder, 'raw'));
  try {
    await ingestRate(server.url, batchBodies(BATCHES_PER_ROUND));
    const rates: number[] = [];
    const rawRates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rawRates.push(await raw.rate(firstEvents(RAW_EVENTS_PER_ROUND, round)));
      rates.push(await ingestRate(server.url, batchBodies(BATCHES_PER_ROUND)));
    }
    return {
      name: `Ingest over HTTP in batches of ${BATCH_EVENTS}, against raw LMDB with ${APPENDERS} appenders`,
      unit: 'events/s',
      measured: median(rates),
      limit: median(rawRates),
      ratio: median(rates.map((rate, round) => rate / (rawRates[round] ?? NaN))),
      target: 0.6,
      better: 'higher',
    };
  } finally {
    await server.stop();
    await raw.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The whole lives of 20 new tasks as one batch: created, started, two times progress, completed. */
function batch(): string {
  const events: object[] = [];
  for (let task = 0; task < BATCH_EVENTS / EVENTS_PER_TASK; task++) {
    const subject = `bench/${process.pid}/${++tasks}`;
    const add = (type: string, data: object): void => {
      const id = `${subject}/${events.length}`;
      const time = new Date().toISOString();
      events.push({
        specversion: '1.0',
        id,
        source: '/bench/pipeline',
        type: `task.${type}`,
        subject,
        time,
        data,
      });
    };
    add('created', {
      project_id: 1 + (tasks % 20),
      task_type: 'search',
      total: 100,
      params: { query: 'machine learning', sources: ['semantic_scholar'] },
    });
    add('started', {});
    add('progressed', { progress: 30 });
    add('progressed', { progress: 60 });
    add('completed', { result: { papers_found: 15, imported: 10 } });
  }
  return JSON.stringify(events);
}

/** That many batches. */
export function batchBodies(count: number): string[] {
  return Array.from({ length: count }, batch);
}

/** Events a second that the program answers `accepted` over HTTP, in batches of 100. */
export async function ingestRate(url: string, batches: readonly string[]): Promise<number> {
  const to = `${url}/api/v1/events`;
  const requests = postRequests(to, 'application/cloudevents-batch+json', batches);
  const ms = await sendAll(to, requests, CONNECTIONS, expectAllAccepted);
  return (batches.length * BATCH_EVENTS * 1000) / ms;
}

const ACCEPTED = Buffer.from('"outcome":"accepted"');

function expectAllAccepted(answer: Buffer): void {
  let accepted = 0;
  for (let at = answer.indexOf(ACCEPTED); at !== -1; at = answer.indexOf(ACCEPTED, at + ACCEPTED.length))
    accepted++;
  if (accepted === BATCH_EVENTS) return;
  throw new Error(`Of ${BATCH_EVENTS} events ${accepted} were accepted: ${answer.toString()}`);
}
