import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { startServer, type Server } from '../../support/server.js';
import { untilTrue } from '../../support/until-true.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { loadOutcome } from '../../support/faults/load-outcome.js';
import { lostEvents } from '../../support/faults/lost-events.js';
import { get, untilReady } from '../../support/faults/served.js';
import { describeWithSmallDisks, SmallDisk } from '../../support/faults/small-disk.js';

const ROUNDS = faultRounds(2);
const SECONDS_PER_ROUND = 90;
/** Of the disk, and of what the filler may leave of it: so that it is full in a write of any of the three stores. */
const DISK_MIB = 24;
const LEAVES_BYTES = [0, 4 * 1024, 100 * 1024, 1024 * 1024];
/** More than what is left has room for. */
const BATCHES = 700;

const seed = faultSeed();
const random = randomOf(seed);

let disk: SmallDisk | undefined;
let server: Server | undefined;

afterEach(async () => {
  await server?.kill('SIGKILL');
  disk?.unmount();
  server = disk = undefined;
});

/** A disk that gets full in one of several ways: what is wrong then. */
async function round(at: number): Promise<string[]> {
  const kind = at % 2 === 0 ? 'tmpfs' : 'ext4';
  const leaves = LEAVES_BYTES[Math.floor(at / 2) % LEAVES_BYTES.length] as number;
  const startsFull = random() < 0.5;
  disk = SmallDisk.mount(kind, DISK_MIB);
  let faults: string[];
  try {
    faults = await fillUnderLoad(disk, `/publisher/${at}`, leaves, startsFull);
  } catch (error) {
    const ended = server?.child.exitCode ?? server?.child.signalCode ?? 'nothing';
    faults = [`${(error as Error).message}; it ended with ${ended} and said ${server?.output()}`];
  }
  await server?.kill('SIGKILL');
  disk.unmount();
  server = disk = undefined;
  return faults.map(
    (fault) => `${kind}, ${leaves} bytes left${startsFull ? ', started full' : ''}: ${fault}`,
  );
}

/** Publishes until the disk is full, and gives it room again; in every other round another process starts in between. */
async function fillUnderLoad(
  full: SmallDisk,
  source: string,
  leaves: number,
  startsFull: boolean,
): Promise<string[]> {
  const faults: string[] = [];
  const dataDir = join(full.path, 'data');
  const publisher = new Publisher(source, BATCHES, random);
  server = await startServer({ dataDir });
  let left = 1 + Math.floor(random() * BATCHES * 0.3);
  const refused = await publisher.publishUntilRefused(server.url, () => {
    if (--left === 0) full.fill(leaves);
  });
  faults.push(...faultsOfRefusal(refused), ...(await faultsOfReads(server)));
  if (startsFull) {
    await server.kill('SIGKILL');
    server = await startServer({ dataDir });
    faults.push(...(await faultsOfReads(server)));
    // What the killed process could not finish may have left a little room.
    faults.push(...faultsOfRefusal(await publisher.publishUntilRefused(server.url)));
  }
  full.free();
  const { url } = server;
  await untilTrue(async () => (await publisher.publishUntilRefused(url)) === undefined);
  await untilReady(url);
  faults.push(...lostEvents(await loadOutcome(server, dataDir, [publisher])));
  await server.stop();
  return faults;
}

function faultsOfRefusal(refused: string | undefined): string[] {
  if (refused === undefined) return ['the disk did not get full'];
  return /^503 .*the disk is full/.test(refused) ? [] : [`an event is answered ${refused}`];
}

/** What a full disk must not keep it from answering. */
async function faultsOfReads({ url }: Server): Promise<string[]> {
  const faults: string[] = [];
  const { status, text } = await get(`${url}/api/v1/tasks?limit=1`);
  const id = /"id":(\d+)/.exec(text)?.[1];
  if (status !== 200 || id === undefined) return [`the list is answered ${status} ${text}`];
  for (const path of [`/${id}`, `/${id}/history`, '/stats', '?status=running']) {
    const answer = await get(`${url}/api/v1/tasks${path}`);
    if (answer.status !== 200) faults.push(`${path} is answered ${answer.status} ${answer.text}`);
  }
  return faults;
}

describeWithSmallDisks(`a full disk, ${ROUNDS} rounds under load (TEST_SEED=${seed})`, () => {
  it(
    'is told of by name, keeps nobody from reading, and costs nothing once there is room again',
    async () => expect(await inRounds(ROUNDS, round)).toEqual([]),
    ROUNDS * SECONDS_PER_ROUND * 1_000,
  );
});
