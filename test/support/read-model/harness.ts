import type { ReadModel } from '../../../shared/core/ports/read-model.js';

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
