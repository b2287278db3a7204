import { afterEach, beforeEach, describe } from '@jest/globals';
import type { ReadModel } from '../../shared/ports/read-model.js';
import { exerciseDocuments } from './read-model/exercise-documents.js';
import { exerciseLists } from './read-model/exercise-lists.js';
import { exerciseProgress } from './read-model/exercise-progress.js';
import { exerciseLife } from './read-model/exercise-life.js';

/** One engine with its data, for one test. */
export interface ReadModelHarness {
  /** Opens the read model on the data that is there; a test closes one before it opens the next. */
  open(): Promise<ReadModel>;
  /** Takes the data away. */
  cleanUp(): Promise<void>;
}

/** What the parts of the suite are given: the read model that is open, and how to get it anew with the same data. */
export interface ReadModelUnderTest {
  readModel: ReadModel;
  reopen(): Promise<ReadModel>;
}

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
    exerciseLists(test, makeHarness);
    exerciseProgress(test);
    exerciseLife(test);
  });
}
