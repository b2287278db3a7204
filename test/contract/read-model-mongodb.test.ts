import { jest } from '@jest/globals';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { exerciseReadModel } from '../support/exercise-read-model.js';
import { dropDatabase } from '../support/mongodb.js';
import { useMongoDb } from '../support/use-mongodb.js';

// A server that reads whole collections, or waits for a disk, takes its time.
jest.setTimeout(120_000);

useMongoDb('ReadModel: MongoDB', ({ name, newUrl }) => {
  exerciseReadModel(name, async () => {
    const url = await newUrl();
    return {
      open: async () => new MongoDbReadModel(url),
      cleanUp: () => dropDatabase(url),
    };
  });
});
