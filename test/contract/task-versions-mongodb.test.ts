import { jest } from '@jest/globals';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { exerciseTaskVersions } from '../support/exercise-task-versions.js';
import { dropDatabase } from '../support/mongodb.js';
import { useMongoDb } from '../support/use-mongodb.js';

// A server that reads whole collections, or waits for a disk, takes its time.
jest.setTimeout(600_000);

useMongoDb('TaskVersions: MongoDB', ({ name, newUrl }) => {
  exerciseTaskVersions(
    name,
    async () => {
      const url = await newUrl();
      return {
        open: async () => {
          const readModel = new MongoDbReadModel(url);
          return { readModel, versions: readModel.versions };
        },
        cleanUp: () => dropDatabase(url),
      };
    },
    { tasks: 160, events: 2_400, lists: 60 },
  );
});
