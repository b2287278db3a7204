import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { startServer } from '../../support/server.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { loadOutcome } from '../../support/faults/load-outcome.js';
import { lostEvents } from '../../support/faults/lost-events.js';
import { crashMachine } from '../../support/faults/machine-crash.js';

const ROUNDS = faultRounds(4);
const SECONDS_PER_ROUND = 60;
const PUBLISHERS = 3;
const ANSWERS_PER_ROUND = 12;

const seed = faultSeed();
const random = randomOf(seed);
const publishers = Array.from(
  { length: PUBLISHERS },
  (_, at) => new Publisher(`/publisher/${at}`, ROUNDS * ANSWERS_PER_ROUND, random, 10),
);
let dataDir = '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskledger-crash-'));
});

afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** Publishes until the machine crashes, and looks at what the next process makes of what is left. */
async function round(): Promise<string[]> {
  const killed = await startServer({ dataDir });
  let left = 1 + Math.floor(random() * ANSWERS_PER_ROUND * 2);
  let ended: Promise<unknown> | undefined;
  const onAnswer = (): void => {
    if (--left === 0) ended = killed.kill('SIGKILL');
  };
  await Promise.all(publishers.map((publisher) => publisher.publish(killed.url, onAnswer)));
  await (ended ?? killed.kill('SIGKILL'));
  crashMachine(dataDir, random);
  const server = await startServer({ dataDir });
  const faults = lostEvents(await loadOutcome(server, dataDir, publishers));
  await server.kill('SIGKILL');
  return faults.map((fault) => `${fault}; it said ${server.output()}`);
}

describe(`a power cut, ${ROUNDS} rounds under load (TEST_SEED=${seed})`, () => {
  it(
    'loses and doubles nothing that was acknowledged, and the lists are made again',
    async () => expect(await inRounds(ROUNDS, round)).toEqual([]),
    ROUNDS * SECONDS_PER_ROUND * 1_000,
  );
});
