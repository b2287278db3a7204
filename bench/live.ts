import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, type BenchFigure } from './figure.js';
import { ingestRate, lifeRows } from './publish-lives.js';
import { caughtUp, startTaskledger } from './server-process.js';

const ROUNDS = 9;
/** Of 600 events each: one for each connection. */
const ROWS_PER_ROUND = 64;

const WITHOUT_STATS = fileURLToPath(new URL('without-stats.js', import.meta.url));

/** Who is connected: pages that are open on a project, people who wait for failures, workers who wait for a cancel. */
const PAGES = 20;
const WATCHERS = 100;
const WORKERS = 80;

/**
 * Events taken in by the whole program over HTTP while it counts, and while it counts and 200 readers of event streams are
 * connected, of which 20 together are sent every event once; each against the same program without. All in turns.
 */
export async function benchLive(): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-live-'));
  const plain = await startTaskledger(join(folder, 'plain'), WITHOUT_STATS);
  const counting = await startTaskledger(join(folder, 'counting'));
  const streaming = await startTaskledger(join(folder, 'streaming'));
  let readers: ClientRequest[] = [];
  try {
    const { url } = streaming;
    const workedOn = await createTasks(url, WORKERS);
    readers = await Promise.all([
      ...Array.from({ length: PAGES }, (_, page) => read(url, `?project_id=${page + 1}`)),
      ...Array.from({ length: WATCHERS }, () => read(url, '?status=failed')),
      ...workedOn.map((id) => read(url, `/${id}`)),
    ]);
    const rounds: Rates[] = [];
    // The first round is for the compilers.
    for (let round = 0; round <= ROUNDS; round++) {
      const rates = {
        plain: await measure(plain.url),
        counting: await measure(counting.url),
        streaming: await measure(url),
      };
      if (round > 0) rounds.push(rates);
    }
    return [
      compare('Ingest with counts, against the same without', rounds, 'counting'),
      compare(
        `Ingest with counts and ${readers.length} readers of streams, against the same without`,
        rounds,
        'streaming',
      ),
    ];
  } finally {
    for (const reader of readers) reader.destroy();
    for (const server of [plain, counting, streaming]) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Events a second in one round. */
interface Rates {
  plain: number;
  counting: number;
  streaming: number;
}

function compare(name: string, rounds: readonly Rates[], member: keyof Rates): BenchFigure {
  return {
    name,
    unit: 'events/s',
    measured: median(rounds.map((rates) => rates[member])),
    limit: median(rounds.map((rates) => rates.plain)),
    // Of each round on its own, since the machine's speed changes from one to the next.
    ratio: median(rounds.map((rates) => rates[member] / rates.plain)),
    target: 0.9,
    better: 'higher',
  };
}

/** What is left to be projected of one round must not slow down the next. */
async function measure(url: string): Promise<number> {
  const rate = await ingestRate(url, lifeRows(url, ROWS_PER_ROUND));
  await caughtUp(url);
  return rate;
}

/** Tasks that stay pending. Answers their ids. */
async function createTasks(url: string, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let task = 0; task < count; task++) {
    const response = await fetch(`${url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ project_id: 1000, task_type: 'search' }),
    });
    ids.push(((await response.json()) as { data: { id: number } }).data.id);
  }
  return ids;
}

/** Connects a reader that takes what comes as fast as it comes. */
async function read(url: string, which: string): Promise<ClientRequest> {
  const path = which.startsWith('/') ? `${which}/stream` : `/stream${which}`;
  const request = get(`${url}/api/v1/tasks${path}`);
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
  response.resume();
  return request;
}
