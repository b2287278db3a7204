import { jest } from '@jest/globals';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { exerciseTaskSeries } from '../support/exercise-task-series.js';
import { dropDatabase } from '../support/mongodb.js';
import { useMongoDb } from '../support/use-mongodb.js';

// A server that reads whole collections, or waits for a disk, takes its time.
jest.setTimeout(120_000);

useMongoDb('TaskSeries: MongoDB', ({ name, newUrl }) => {
  exerciseTaskSeries(name, async () => {
    const url = await newUrl();
    return {
      open: async () => {
        const readModel = new MongoDbReadModel(url);
        return { readModel, series: readModel.series };
      },
      cleanUp: () => dropDatabase(url),
    };
  });
});
