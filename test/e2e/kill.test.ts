import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { allItems, caughtUp } from '../support/api.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { Publisher } from '../support/publisher.js';
import { expectNothingLost } from '../support/expect-nothing-lost.js';
import { randomOf } from '../support/random-of.js';
import { startServer } from '../support/server.js';
import { shownStats, type ShownStats } from '../support/shown-stats.js';

const ROUNDS = 20;
const PUBLISHERS = 4;
const BATCHES = 240;

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
  let stats: ShownStats;
  let audit: LedgerAudit;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-kill-'));
    for (let round = 0; round < ROUNDS; round++) await publishUntilKilled(round);
    const server = await startServer({ dataDir });
    await Promise.all(publishers.map((publisher) => publisher.publish(server.url, () => undefined)));
    await caughtUp(server.url);
    items = await allItems(server.url);
    await caughtUp(server.url, 'stats');
    stats = await shownStats(server.url);
    // Beside the process that serves it.
    const ledger = await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly: true });
    audit = await auditLedger(ledger);
    await ledger.close();
    await server.stop();
  }, 600_000);

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

  expectNothingLost(() => ({ publishers, audit, items, stats }));
});
