import { afterEach, beforeEach, describe } from '@jest/globals';
import { exerciseCount } from './read-model/exercise-count.js';
import { exerciseDocuments } from './read-model/exercise-documents.js';
import { exerciseFewByTimes } from './read-model/exercise-few-by-times.js';
import { exerciseFilters } from './read-model/exercise-filters.js';
import { exerciseLists } from './read-model/exercise-lists.js';
import { exerciseOrders } from './read-model/exercise-orders.js';
import { exerciseProgress } from './read-model/exercise-progress.js';
import { exerciseLife } from './read-model/exercise-life.js';
import type { ReadModelHarness, ReadModelUnderTest } from './read-model/harness.js';

/**
 * The contract that every `ReadModel` keeps, whole: an adapter that fails a test of it is wrong.
 *
 * @param makeHarness Makes an engine without any data.
 */
export function exerciseReadModel(name: string, makeHarness: () => Promise<ReadModelHarness>): void {
  describe(`ReadModel: ${name}`, () => {
    let harness: ReadModelHarness;
    const test = {} as ReadModelUnderTest;
    beforeEach(async () => {
      harness = await makeHarness();
      test.readModel = await harness.open();
      test.reopen = async () => {
        await test.readModel.close();
        test.readModel = await harness.open();
        return test.readModel;
      };
    });
    afterEach(async () => {
      await test.readModel.close();
      await harness.cleanUp();
    });

    exerciseDocuments(test);
    exerciseLists(test);
    exerciseFilters(test, makeHarness);
    exerciseOrders(test, makeHarness);
    exerciseFewByTimes(test);
    exerciseCount(test);
    exerciseProgress(test);
    exerciseLife(test);
  });
}
