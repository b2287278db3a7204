import { afterAll, describe, it, jest } from '@jest/globals';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { exerciseReadModel } from '../support/exercise-read-model.js';
import { dropDatabase, findMongoDb, newDatabaseName, type MongoDbServer } from '../support/mongodb.js';

// A server that holds no index in memory, or runs in a container, takes its time.
jest.setTimeout(120_000);

const backend = findMongoDb();

if (backend === undefined) {
  describe('ReadModel: MongoDB', () => {
    it.todo('needs READ_MODEL_URL, Docker, or FerretDB from scripts/backends/mongodb.sh');
  });
} else {
  let server: Promise<MongoDbServer> | undefined;
  afterAll(async () => (await server)?.stop());

  exerciseReadModel(backend.name, async () => {
    const url = (await (server ??= backend.start())).url(newDatabaseName());
    return {
      open: async () => new MongoDbReadModel(url),
      cleanUp: () => dropDatabase(url),
    };
  });
}
