import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeCrypto } from '../shared/adapters/node/crypto.js';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { CommandHandler } from '../shared/application/handle-commands.js';
import { EventIngest } from '../shared/application/ingest-events.js';
import { lifecycleEventParser } from '../shared/contracts/lifecycle-events.js';
import { median, type BenchFigure } from './figure.js';
import { caughtUp, startTaskledger, type ServerProcess } from './server-process.js';

const TASKS = 1_000_000;
const BATCH_EVENTS = 1000;
const BATCHES_AT_ONCE = 16;
const STARTS = 7;
/** How long projecting all of them may take. */
const PROJECTING_MS_MAX = 300_000;

/**
 * How long the program takes until it is ready, and how much memory it then has, with 1,000,000 tasks against an empty
 * folder. Both in turns. Takes some minutes, nearly all of it for making the tasks.
 */
export async function benchRestart(): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-restart-'));
  const full = join(folder, 'full');
  try {
    await createTasks(join(full, 'ledger'));
    const first = await startTaskledger(full);
    await caughtUp(first.url, PROJECTING_MS_MAX);
    await first.stop();
    const [fullStarts, emptyStarts]: [Start[], Start[]] = [[], []];
    for (let start = 0; start < STARTS; start++) {
      fullStarts.push(await measureStart(full));
      emptyStarts.push(await measureStart(join(folder, `empty-${start}`)));
    }
    return [
      compare(
        'Start until ready with 1,000,000 tasks, against an empty folder',
        'ms',
        3,
        fullStarts,
        emptyStarts,
        'readyMs',
      ),
      // LMDB maps its files: what of them was read counts as memory of the process, and is given back when it is short.
      compare(
        'Memory when ready with 1,000,000 tasks, against an empty folder',
        'MB',
        1.5,
        fullStarts,
        emptyStarts,
        'memoryMb',
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Start {
  readyMs: number;
  memoryMb: number;
}

async function measureStart(dataDir: string): Promise<Start> {
  const startedAt = performance.now();
  const server = await startTaskledger(dataDir);
  await caughtUp(server.url);
  const readyMs = performance.now() - startedAt;
  const memoryMb = await residentMb(server);
  await server.stop();
  return { readyMs, memoryMb };
}

/** The resident memory of a process, as Linux tells it. */
async function residentMb({ child }: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function compare(
  name: string,
  unit: string,
  target: number,
  full: Start[],
  empty: Start[],
  member: keyof Start,
): BenchFigure {
  const measured = median(full.map((start) => start[member]));
  const limit = median(empty.map((start) => start[member]));
  return { name, unit, measured, limit, ratio: measured / limit, target, better: 'lower' };
}

async function createTasks(ledgerFolder: string): Promise<void> {
  const store = await EmbeddedEventStore.open(ledgerFolder);
  const handler = new CommandHandler({ store, clock: { nowMs: () => Date.now() }, crypto: new NodeCrypto() });
  const ingest = new EventIngest({ handler, parse: lifecycleEventParser(['search']), logger: console });
  let next = 0;
  await Promise.all(
    Array.from({ length: BATCHES_AT_ONCE }, async () => {
      while (next < TASKS) {
        const events = Array.from({ length: BATCH_EVENTS }, () => created(next++));
        const outcomes = await ingest.ingest(events, Number.MAX_SAFE_INTEGER);
        const refused = outcomes.find(({ outcome }) => outcome !== 'accepted');
        if (refused !== undefined) throw new Error(`A task was not created: ${refused.message}`);
      }
    }),
  );
  await store.close();
}

function created(task: number): object {
  const data = { project_id: task % 100, task_type: 'search', total: 100 };
  return {
    specversion: '1.0',
    id: `e-${task}`,
    source: '/bench',
    type: 'task.created',
    subject: `bench/${task}`,
    data,
  };
}
