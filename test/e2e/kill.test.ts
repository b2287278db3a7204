import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskSnapshot } from '../../shared/domain/task.js';
import { allItems, caughtUp } from '../support/api.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { Publisher } from '../support/publisher.js';
import { startServer } from '../support/server.js';

const ROUNDS = 20;
const PUBLISHERS = 4;
const BATCHES = 240;

/** A small generator of random numbers that can be told again by its seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`kill -9 under load, ${ROUNDS} rounds at random moments`, () => {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomOf(seed);
  const publishers = Array.from(
    { length: PUBLISHERS },
    (_, at) => new Publisher(`/publisher/${at}`, BATCHES, random),
  );
  let dataDir = '';
  let kills = 0;
  let items: string[] = [];
  let audit: LedgerAudit;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-kill-'));
    for (let round = 0; round < ROUNDS; round++) await publishUntilKilled(round);
    const server = await startServer({ dataDir });
    await Promise.all(publishers.map((publisher) => publisher.publish(server.url, () => undefined)));
    await caughtUp(server.url);
    items = await allItems(server.url);
    // Beside the process that serves it.
    audit = await auditLedger(join(dataDir, 'ledger'));
    await server.stop();
  }, 300_000);

  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  /** Kills the server at a random moment, of about equal numbers of answered batches in each round. */
  async function publishUntilKilled(round: number): Promise<void> {
    const server = await startServer({ dataDir });
    const share = (PUBLISHERS * BATCHES) / (ROUNDS + 1);
    let left = Math.ceil(random() * 2 * share * (round === 0 ? 0.5 : 1));
    let killed: Promise<unknown> | undefined;
    const onAnswer = (): void => {
      if (--left > 0 || killed !== undefined) return;
      kills++;
      killed = server.kill('SIGKILL');
    };
    await Promise.all(publishers.map((publisher) => publisher.publish(server.url, onAnswer)));
    await (killed ?? server.stop());
  }

  it(`killed it while requests were under way (TEST_SEED=${seed})`, () => {
    expect(kills).toBeGreaterThanOrEqual(ROUNDS / 2);
    expect(publishers.every(({ done }) => done)).toBe(true);
  });

  it('has every event that was answered accepted, once', () => {
    const stored = [...audit.streams]
      .filter(([stream]) => stream.startsWith('task-'))
      .flatMap(([, events]) => events.map(({ metadata }) => `${metadata.source}\n${metadata.event_id}`));
    expect(new Set(stored).size).toBe(stored.length);
    const acknowledged = publishers.flatMap(({ source, acknowledged }) =>
      [...acknowledged.keys()].map((id) => `${source}\n${id}`),
    );
    expect([...acknowledged].sort()).toEqual([...stored].sort());
  });

  it('has every late event as evidence, once', () => {
    const kept = [...audit.streams]
      .filter(([stream]) => stream.startsWith('taskEvidence-'))
      .flatMap(([, events]) => events.map(({ metadata }) => metadata.event_id));
    const rejected = publishers.flatMap((publisher) => [...publisher.rejected.keys()]);
    expect(rejected.length).toBeGreaterThan(0);
    expect(kept.sort()).toEqual(rejected.sort());
  });

  it('never gave an id to two tasks, nor two ids to a key', () => {
    const ids = publishers.flatMap(({ taskIds }) => [...taskIds.values()]);
    expect(ids.every((answered) => answered.size === 1)).toBe(true);
    const distinct = new Set(ids.flatMap((answered) => [...answered]));
    expect(distinct.size).toBe(ids.length);
    expect(audit.tasks.size).toBe(ids.length);
  });

  it('has hash chains that verify, every one', () => {
    expect(audit.chainFaults).toEqual([]);
    expect(audit.streams.size).toBeGreaterThan(1000);
  });

  it('has a read model that equals a fold of the ledger', () => {
    expect(items).toEqual(audit.expectedItems);
  });

  it('came to exactly the state that it would have without the kills', () => {
    const facts = ({ key, status, attempt, progress, total }: TaskSnapshot): object => {
      return { key, status, attempt, progress, total };
    };
    const byKey = new Map([...audit.tasks.values()].map(({ snapshot }) => [snapshot.key, facts(snapshot)]));
    const expected = publishers.flatMap((publisher) => [...publisher.expected()]);
    expect(byKey).toEqual(new Map(expected.map(([key, snapshot]) => [key, facts(snapshot)])));
  });
});
