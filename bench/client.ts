import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TaskledgerClient } from '../clients/typescript/src/index.js';
import { Cluster } from '../test/support/cluster.js';
import { delayFigures, type BenchFigure } from './figure.js';
import { startTaskledger } from './server-process.js';

const ROUNDS = 400;
const WARM_UP_ROUNDS = 50;

/** From the request of a cancel until the worker's signal fires, over HTTP by the event stream, on one embedded process. */
export async function benchClientHttp(): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-client-'));
  const server = await startTaskledger(folder);
  const ledger = new TaskledgerClient({ url: server.url, source: '/bench' });
  try {
    return await benchSignal(ledger, 'HTTP');
  } finally {
    await ledger.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same over NATS by the feed, on separate processes. */
export async function benchClientNats(): Promise<BenchFigure[]> {
  const cluster = await Cluster.startEngines();
  const ledger = new TaskledgerClient({ url: cluster.engines.nats.url, source: '/bench' });
  try {
    await cluster.start('commands', 'commands');
    await cluster.start('projections', 'projector,feed');
    await cluster.ready();
    return await benchSignal(ledger, 'NATS');
  } finally {
    await ledger.close();
    await cluster.stop();
  }
}

/** Each against the time of the cancel's own answer, p50, which comes by another way. */
async function benchSignal(ledger: TaskledgerClient, way: string): Promise<BenchFigure[]> {
  const [signals, answers]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    const times = await cancelOne(ledger);
    if (round < WARM_UP_ROUNDS) continue;
    signals.push(times.signalMs);
    answers.push(times.answerMs);
  }
  return delayFigures(
    `From a cancel until the worker's signal fires over ${way}`,
    "the cancel's answer",
    signals,
    answers,
    { p50: 10, p99: 30 },
  );
}

async function cancelOne(ledger: TaskledgerClient): Promise<{ signalMs: number; answerMs: number }> {
  let times = { signalMs: NaN, answerMs: NaN };
  const { status } = await ledger.run({ projectId: 1, taskType: 'ocr' }, async (task) => {
    const startMs = performance.now();
    const fired = once(task.signal, 'abort').then(() => performance.now() - startMs);
    await ledger.cancel(task.id as number);
    const answerMs = performance.now() - startMs;
    times = { signalMs: await fired, answerMs };
  });
  if (status !== 'cancelled') throw new Error(`The task ended ${status}`);
  return times;
}
