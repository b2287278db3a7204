import { expect, it } from '@jest/globals';
import { MongoDbConnection } from '../../shared/adapters/mongodb/mongodb-connection.js';
import { MongoDbLeases } from '../../shared/adapters/mongodb/mongodb-leases.js';
import type { Lease } from '../../shared/core/ports/lease.js';
import { exerciseLease } from '../support/exercise-lease.js';
import { dropDatabase } from '../support/mongodb.js';
import { until } from '../support/nats.js';
import { useMongoDb } from '../support/use-mongodb.js';

const TTL_MS = 1_000;

useMongoDb('Leases: MongoDB', ({ name, newUrl }) => {
  exerciseLease(name, async () => {
    const url = await newUrl();
    return {
      ttlMs: TTL_MS,
      open: async () => {
        const connection = new MongoDbConnection(url);
        return { leases: new MongoDbLeases(connection, TTL_MS), cutOff: () => connection.close() };
      },
      cleanUp: () => dropDatabase(url),
    };
  });

  it('is lost with the leases, and the next one has a greater epoch than all before', async () => {
    const url = await newUrl();
    const connection = new MongoDbConnection(url);
    const [first, second] = [new MongoDbLeases(connection, TTL_MS), new MongoDbLeases(connection, TTL_MS)];
    const take = async (leases: MongoDbLeases): Promise<Lease> =>
      (await leases.acquire('work', new AbortController().signal)) as Lease;
    const ended = await take(second);
    await ended.release();
    const lost = await take(first);
    await dropDatabase(url);
    const after = await take(second);
    expect(after.epoch).toBeGreaterThan(Math.max(ended.epoch, lost.epoch));
    await until(() => lost.lost.aborted);
    expect(lost.lost.reason).toBe('taken');
    expect(after.lost.aborted).toBe(false);
    await after.release();
    await connection.close();
    await dropDatabase(url);
  });
});
