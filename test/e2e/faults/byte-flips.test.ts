import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { NotStartedError, runTaskledger, startServer, type Server } from '../../support/server.js';
import { flip, randomFlip, type ByteFlip, withoutRoom } from '../../support/faults/byte-flip.js';
import { compareServed } from '../../support/faults/compare-served.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { FolderImage } from '../../support/faults/folder-image.js';
import { hitStreams, tasksOf } from '../../support/faults/hit-streams.js';
import { everythingServed, type Served } from '../../support/faults/served.js';
import { probeTasks } from '../../support/faults/probe-tasks.js';

const ROUNDS = faultRounds(8);
const BATCHES = 40;
const SECONDS_PER_ROUND = 60;

const seed = faultSeed();
const random = randomOf(seed);

let folder = '';
let dataDir = '';
let truth: Served;
let ids: number[] = [];
/** As a killed process leaves the folder, and as one that has stopped leaves it. */
let images: FolderImage[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-flips-'));
  dataDir = join(folder, 'data');
  const publisher = new Publisher('/publisher/0', BATCHES, random);
  const server = await startServer({ dataDir });
  await publisher.publish(server.url, () => undefined);
  ids = [...publisher.taskIds.values()].flatMap((given) => [...given]);
  truth = await everythingServed(server.url, ids);
  await server.kill('SIGKILL');
  images = [new FolderImage(dataDir, join(folder, 'killed'))];
  await (await startServer({ dataDir })).stop();
  images.push(new FolderImage(dataDir, join(folder, 'stopped')));
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * Once with a changed byte, which every fourth time changes while the program serves: what is wrong with what it shows then,
 * and after its next start. Nothing, it is to be hoped.
 */
async function round(at: number): Promise<string[]> {
  const whileServing = at % 4 === 3;
  const image = images[Math.floor(random() * images.length)] as FolderImage;
  const change = randomFlip(image, random);
  image.restore();
  // Read from the ledger alone, now and then.
  const fromLedgerAlone = change.path.endsWith('.log') && random() < 0.3;
  if (fromLedgerAlone) await removeDerived();
  const faults: string[] = [];
  try {
    if (!whileServing) await flip(dataDir, change);
    let server = await startServer({ dataDir });
    if (whileServing) {
      await everythingServed(server.url, ids.slice(0, 3));
      await flip(dataDir, change);
      faults.push(...(await faultsOf(server, change, image)));
      server = await startServer({ dataDir });
    }
    faults.push(...(await faultsOf(server, change, image, probeTasks)));
    if (change.path.startsWith('ledger')) faults.push(...(await faultsOfVerify(change)));
  } catch (error) {
    if (!isRefusal(error, change)) faults.push((error as Error).message);
  }
  const where = `${change.path} at ${change.at} by ${change.masks.toString('hex')}`;
  const left = image === images[0] ? 'killed' : 'stopped';
  const how = [left, ...(fromLedgerAlone ? ['ledger alone'] : []), ...(whileServing ? ['serving'] : [])];
  return faults.map((fault) => `${where} (${how.join()}): ${fault}`);
}

/**
 * Compares what a server shows with the truth, and stops it.
 *
 * @param probe Finds out which tasks take no events, which changes what is shown.
 */
async function faultsOf(
  server: Server,
  change: ByteFlip,
  image: FolderImage,
  probe: typeof probeTasks = async () => [],
): Promise<string[]> {
  const faults: string[] = [];
  try {
    const segment = change.path.endsWith('.log') ? image.files.get(change.path) : undefined;
    const streams = segment && hitStreams(withoutRoom(segment), change.at, change.masks.length);
    const hit = tasksOf(streams ?? []);
    const served = await everythingServed(server.url, ids);
    const { tasks, silent, stats, others } = compareServed(truth, served);
    faults.push(...others);
    const unhit = [...tasks].filter((id) => !hit.has(id));
    if (unhit.length > 0) faults.push(`tasks ${unhit.join()} differ, and their events were not changed`);
    if (silent.length > 0) faults.push(`tasks ${silent.join()} differ, and do not say why`);
    if (stats && hit.size === 0) faults.push(`the counts differ: ${served.stats}`);
    for (const id of await probe(server.url, truth)) {
      if (!hit.has(id)) faults.push(`task ${id} takes no events`);
    }
    await server.stop();
  } catch (error) {
    const { exitCode, signalCode } = server.child;
    faults.push(`${(error as Error).message}; ended with ${exitCode ?? signalCode}: ${server.output()}`);
  } finally {
    if (server.child.exitCode === null && server.child.signalCode === null) await server.kill('SIGKILL');
  }
  return faults;
}

/** What `verify` must have to say. */
async function faultsOfVerify({ path }: ByteFlip): Promise<string[]> {
  const { code, stdout, stderr } = await runTaskledger(['verify'], { DATA_DIR: dataDir });
  const expected = path.endsWith('.log') ? 1 : 0;
  return code === expected ? [] : [`verify ends with ${code}: ${stdout}${stderr}`];
}

/** One line on stderr that names the folder of the changed file. */
function isRefusal(error: unknown, { path }: ByteFlip): boolean {
  if (!(error instanceof NotStartedError) || error.code === null) return false;
  const lines = error.output.trim().split('\n');
  return lines.length === 1 && (lines[0] ?? '').includes(path.replace(/\/[^/]*$/, ''));
}

async function removeDerived(): Promise<void> {
  for (const derived of ['read-model', 'ledger/index'])
    await rm(join(dataDir, derived), { recursive: true, force: true });
}

describe(`a byte that changes in any file of the data folder, ${ROUNDS} rounds (TEST_SEED=${seed})`, () => {
  it(
    'is healed, told of by name, or keeps the program from starting',
    async () => expect(await inRounds(ROUNDS, round)).toEqual([]),
    ROUNDS * SECONDS_PER_ROUND * 1_000,
  );
});
