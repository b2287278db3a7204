import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EmbeddedEventStore } from '../../../shared/adapters/embedded/event-store/embedded-event-store.js';
import type { LoadOutcome } from '../../support/expect-nothing-lost.js';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { NotStartedError, runTaskledger, startServer, type Server } from '../../support/server.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { loadOutcome } from '../../support/faults/load-outcome.js';
import { lostEvents } from '../../support/faults/lost-events.js';
import { get, untilReady } from '../../support/faults/served.js';
import { slowCopy } from '../../support/faults/slow-copy.js';
import { describeWithSmallDisks, SmallDisk } from '../../support/faults/small-disk.js';

const ROUNDS = faultRounds(1);
const SECONDS_PER_ROUND = 60;
/** More than are answered while a folder is copied. */
const BATCHES = 3_000;
/** What there is before a copy begins. */
const BATCHES_BEFORE_MAX = 200;
const DISK_MIB = 200;

const seed = faultSeed();
const random = randomOf(seed);
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(dataDir: string): Promise<Server> {
  const server = await startServer({ dataDir });
  cleanups.push(() => server.kill('SIGKILL'));
  return server;
}

/** Copies a folder that is written to, and looks at what a program makes of the copy. */
async function round(from: string, to: string): Promise<string[]> {
  const original = await started(from);
  const publisher = new Publisher('/copied', BATCHES, random);
  let before = Math.floor(random() * BATCHES_BEFORE_MAX);
  const news = new EventTarget();
  const begun = once(news, 'begun');
  let over = false;
  const published = publisher
    .publish(original.url, () => {
      if (before-- === 0) news.dispatchEvent(new Event('begun'));
      news.dispatchEvent(new Event('answer'));
    })
    .finally(() => (over = true));
  await begun;
  const acknowledged = positionIn((await get(`${original.url}/health/ready`)).text);
  await slowCopy(from, to, random, async () => {
    if (!over) await Promise.race([once(news, 'answer'), published]);
  });
  if (over) throw new Error('Everything was published before it was copied');
  await original.kill('SIGKILL');
  await published;
  return faultsOfCopy(from, to, acknowledged);
}

/** @param acknowledged Up to which position the copy must have everything. */
async function faultsOfCopy(from: string, to: string, acknowledged: number): Promise<string[]> {
  const faults: string[] = [];
  let copy: Server;
  try {
    copy = await started(to);
  } catch (error) {
    if (!(error instanceof NotStartedError)) throw error;
    return [`it does not start: ${error.code} ${error.output}`];
  }
  const health = (await get(`${copy.url}/health/ready`)).text;
  if (/"lag_\w+":-/.test(health)) faults.push(`its lag is negative: ${health}`);
  await untilReady(copy.url);
  const outcome = await loadOutcome(copy, to, []);
  faults.push(...lostEvents(outcome), ...(await faultsOfPrefix(from, outcome, acknowledged)));
  await copy.stop();
  const { code, stdout, stderr } = await runTaskledger(['verify'], { DATA_DIR: to });
  if (code !== 0) faults.push(`verify ends with ${code}: ${stdout}${stderr}`);
  if (copy.output().includes('rror')) faults.push(copy.output());
  return faults;
}

/** Whether a copy has the first events of the original, each as it is there. */
async function faultsOfPrefix(from: string, { audit }: LoadOutcome, acknowledged: number): Promise<string[]> {
  const copied = new Map([...audit.streams.values()].flat().map((event) => [event.position, event]));
  const original = await EmbeddedEventStore.open(join(from, 'ledger'), { readOnly: true });
  let [same, differs] = [0, 0];
  for await (const { position, metadata, stream } of original.readAll({ limit: copied.size })) {
    const event = copied.get(position);
    if (event?.metadata.hash === metadata.hash && event?.stream === stream) same++;
    else differs++;
  }
  await original.close();
  const faults: string[] = [];
  if (differs > 0 || same !== copied.size) faults.push(`${differs} of its events are not the original's`);
  if (copied.size < acknowledged)
    faults.push(`it has ${copied.size} events, and ${acknowledged} were there before`);
  return faults;
}

function positionIn(health: string): number {
  return Number(/"projector":\{[^}]*"position":"(\d+)"/.exec(health)?.[1]);
}

function once(target: EventTarget, type: string): Promise<void> {
  return new Promise((resolve) => target.addEventListener(type, () => resolve(), { once: true }));
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-copies-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function freshDisk(): string {
  const disk = SmallDisk.mount('tmpfs', DISK_MIB);
  cleanups.push(() => disk.unmount());
  return disk.path;
}

/** The copies of a test, each of a folder of its own. */
function copies(folder: () => Promise<string> | string): () => Promise<void> {
  const one = async (): Promise<string[]> => {
    const [from, to] = [await folder(), await folder()];
    const faults = await round(join(from, 'data'), join(to, 'data'));
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    return faults;
  };
  return async () => expect(await inRounds(ROUNDS, one)).toEqual([]);
}

const TIME_MS_MAX = ROUNDS * SECONDS_PER_ROUND * 1_000;

describe(`plain copies of a folder that is written to, ${ROUNDS} (TEST_SEED=${seed})`, () => {
  it(
    'have what there was when they were begun, and show what they have',
    copies(temporaryFolder),
    TIME_MS_MAX,
  );
});

describeWithSmallDisks(`plain copies onto another disk, ${ROUNDS} (TEST_SEED=${seed})`, () => {
  // Where files that were made in the same order have the same inodes.
  it('have what there was when they were begun, and show what they have', copies(freshDisk), TIME_MS_MAX);
});
