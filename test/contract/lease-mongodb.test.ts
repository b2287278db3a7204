import { MongoDbConnection } from '../../shared/adapters/mongodb/mongodb-connection.js';
import { MongoDbLeases } from '../../shared/adapters/mongodb/mongodb-leases.js';
import { exerciseLease } from '../support/exercise-lease.js';
import { dropDatabase } from '../support/mongodb.js';
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
});
