import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PART_CHARACTERS_MAX } from '../services/query/streams/stream-view.js';
import type { BenchFigure } from './figure.js';
import { CHANGES_PER_TASK, TASKS_PER_BATCH } from './lives.js';
import { ingestRate, lifeRows } from './publish-lives.js';
import { caughtUp, startServer, startTaskledger, type ServerProcess } from './server-process.js';
import { openStream, StreamReaders } from './stream-readers.js';

const READERS = 2_000;
const EVENTS = 40;
/** The first ones are for the compilers. */
const WARM_UP_EVENTS = 15;
const WARM_UP_ROWS = 25;
/** As long as one of a task that is published here. */
const EVENT_BYTES = 190;

const DEAF_READERS = 50;
const LOAD_ROUNDS = 3;
/** Of the lives of 100 tasks each. */
const ROWS_PER_ROUND = 25;
/** Time for what is under way to end. */
const SETTLE_MS = 500;

const STREAM = '/api/v1/tasks/stream';

/**
 * Event streams of one process: how long an event takes to 2,000 readers and what they cost in memory, against a bare HTTP
 * server that does nothing else; and what a reader that never reads makes it hold. What readers cost the ingest is in `live.ts`.
 */
export async function benchStreams(): Promise<BenchFigure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bench-streams-'));
  const script = fileURLToPath(new URL('bare-fanout.js', import.meta.url));
  const bare = await startServer([script, String(EVENT_BYTES)], {});
  const taskledger = await startTaskledger(dataDir);
  try {
    // A process that has been at work: its young generation has its size, and is not taken for something of the readers.
    await ingestRate(taskledger.url, lifeRows(taskledger.url, WARM_UP_ROWS));
    await caughtUp(taskledger.url);
    let tasks = 0;
    const limit = await openFanOut(bare, '/', () => post(bare.url, '{}'));
    const measured = await openFanOut(taskledger, STREAM, () => createTask(taskledger.url, ++tasks));
    for (let event = 0; event < WARM_UP_EVENTS + EVENTS; event++) {
      for (const fanOut of [limit, measured]) {
        const delaysMs = await publishOne(fanOut);
        if (event >= WARM_UP_EVENTS) fanOut.delaysMs.push(...delaysMs);
      }
    }
    await delay(SETTLE_MS);
    for (const fanOut of [limit, measured]) {
      fanOut.kilobytesPerReader = (await fanOut.grownKilobytes()) / READERS;
      fanOut.delaysMs.sort((a, b) => a - b);
      fanOut.readers.close();
    }
    const figures = compareFanOuts(measured, limit);
    figures.push(await heldForDeaf(taskledger));
    return figures;
  } finally {
    await Promise.all([bare.stop(), taskledger.stop()]);
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A server and many readers of one stream of it. */
interface FanOut {
  readers: StreamReaders;
  publish: () => Promise<void>;
  /** From the publisher's answer to each arrival, in milliseconds. */
  delaysMs: number[];
  /** What each reader has made the process larger. */
  kilobytesPerReader: number;
  /** What all of them have made it larger up to now. */
  grownKilobytes: () => Promise<number>;
}

async function openFanOut(
  { url, child }: ServerProcess,
  path: string,
  publish: () => Promise<void>,
): Promise<FanOut> {
  await publish();
  const before = await residentKilobytes(child.pid);
  const readers = await StreamReaders.open(url + path, READERS);
  const grownKilobytes = async (): Promise<number> => (await residentKilobytes(child.pid)) - before;
  return { readers, publish, delaysMs: [], kilobytesPerReader: NaN, grownKilobytes };
}

/** Publishes an event and waits until every reader has it. */
async function publishOne({ readers, publish }: FanOut): Promise<number[]> {
  const arriving = readers.arrivals();
  await publish();
  const answeredAt = performance.now();
  // What came before the answer took no time.
  return (await arriving).map((at) => Math.max(0, at - answeredAt));
}

function compareFanOuts(measured: FanOut, limit: FanOut): BenchFigure[] {
  const figure = (
    name: string,
    unit: string,
    of: (fanOut: FanOut) => number,
    target: number,
  ): BenchFigure => ({
    ...{ name, unit, measured: of(measured), limit: of(limit), target, better: 'lower' },
    ratio: of(measured) / of(limit),
  });
  const at = (share: number) => (fanOut: FanOut) =>
    fanOut.delaysMs[Math.floor(fanOut.delaysMs.length * share)] ?? NaN;
  const name = `From the answer to each of ${READERS} readers of a stream`;
  return [
    // Changes are gathered for 10 ms, which is half of it.
    figure(`${name}, p50, against a bare server`, 'ms', at(0.5), 3),
    figure(`${name}, p99, against a bare server`, 'ms', at(0.99), 2),
    figure(
      `Memory for each of ${READERS} readers of a stream, against a bare server`,
      'KB',
      (fanOut) => fanOut.kilobytesPerReader,
      2,
    ),
  ];
}

/** What waits in the process for each reader that never reads, at most, under load. */
async function heldForDeaf({ url }: ServerProcess): Promise<BenchFigure> {
  // More than what the system itself takes for them.
  const all = `${url}${STREAM}?include=key,attempt,started_at,completed_at`;
  const deaf = await Promise.all(Array.from({ length: DEAF_READERS }, () => openStream(all, true)));
  let held = 0;
  for (let round = 0; round < LOAD_ROUNDS; round++) {
    await ingestRate(url, lifeRows(url, ROWS_PER_ROUND));
    const text = await (await fetch(`${url}/metrics`)).text();
    const waiting = /^taskledger_stream_waiting_bytes (\S+)$/m.exec(text)?.[1];
    held = Math.max(held, Number(waiting) / DEAF_READERS / 1024);
  }
  for (const socket of deaf) socket.destroy();
  const limit = PART_CHARACTERS_MAX / 1024;
  return {
    name: `Held for a reader that never reads, after ${LOAD_ROUNDS * ROWS_PER_ROUND * TASKS_PER_BATCH * CHANGES_PER_TASK} events, against one part`,
    ...{ unit: 'KB', measured: held, limit, ratio: held / limit, target: 2, better: 'lower' },
  };
}

async function createTask(url: string, number: number): Promise<void> {
  const event = { specversion: '1.0', id: `stream/${number}`, source: '/bench', type: 'task.created' };
  const data = { project_id: 1, task_type: 'crawl', total: 100 };
  await post(`${url}/api/v1/events`, JSON.stringify({ ...event, data }));
}

async function post(url: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(`Not published: ${await response.text()}`);
  await response.arrayBuffer();
}

async function residentKilobytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
