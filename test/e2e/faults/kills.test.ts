import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { runTaskledger, startServer } from '../../support/server.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { KILL_MOMENTS } from '../../support/faults/kill-moments.js';
import { loadOutcome } from '../../support/faults/load-outcome.js';
import { lostEvents } from '../../support/faults/lost-events.js';

const ROUNDS = faultRounds(5);
/** Kills on one folder, before all that it holds is looked at. */
const KILLS_PER_FOLDER = 10;
const FOLDERS = Math.ceil(ROUNDS / KILLS_PER_FOLDER);
const PUBLISHERS = 4;
/** About 10,000 events for each kill. */
const TASKS_PER_BATCH = 50;
const BATCHES = Math.ceil(
  (Math.min(ROUNDS, KILLS_PER_FOLDER) * 10_000) / (TASKS_PER_BATCH * 3.85 * PUBLISHERS),
);
const SECONDS_PER_FOLDER = 300;

const seed = faultSeed();
const random = randomOf(seed);
let dataDir = '';

afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Kills on one folder, then all that it holds. */
async function folder(): Promise<string[]> {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-kills-'));
  const publishers = Array.from(
    { length: PUBLISHERS },
    (_, at) => new Publisher(`/publisher/${at}`, BATCHES, random, TASKS_PER_BATCH),
  );
  const moments = Object.entries(KILL_MOMENTS);
  const killed: string[] = [];
  for (let kill = 0; kill < Math.min(ROUNDS, KILLS_PER_FOLDER); kill++) {
    const [name, moment] = moments[kill % moments.length] as (typeof moments)[number];
    killed.push(name);
    await moment({ dataDir, publishers, random });
  }
  const server = await startServer({ dataDir });
  await Promise.all(publishers.map((publisher) => publisher.publish(server.url, () => undefined)));
  const faults = lostEvents(await loadOutcome(server, dataDir, publishers));
  if (!publishers.every(({ done }) => done)) faults.push('not everything was answered');
  await server.stop();
  const { code, stdout } = await runTaskledger(['verify'], { DATA_DIR: dataDir });
  if (code !== 0) faults.push(`verify ends with ${code}: ${stdout}`);
  const acknowledged = publishers.reduce((sum, publisher) => sum + publisher.acknowledged.size, 0);
  process.stderr.write(`${killed.length} kills, ${acknowledged} events acknowledged\n`);
  await rm(dataDir, { recursive: true });
  return faults;
}

describe(`kill -9 at any moment, ${ROUNDS} times (TEST_SEED=${seed})`, () => {
  it(
    'loses and doubles nothing that was acknowledged, and shows what the ledger has',
    async () => expect(await inRounds(FOLDERS, folder)).toEqual([]),
    FOLDERS * SECONDS_PER_FOLDER * 1_000,
  );
});
