import { afterAll, beforeAll } from '@jest/globals';
import { exerciseAsOf } from './tasks-api/exercise-as-of.js';
import { exerciseErrors } from './tasks-api/exercise-errors.js';
import { exerciseGiven } from './tasks-api/exercise-given.js';
import { exerciseRetries } from './tasks-api/exercise-retries.js';
import { exerciseSettled } from './tasks-api/exercise-settled.js';
import { exercisePositions } from './tasks-api/exercise-positions.js';
import { exerciseProjects } from './tasks-api/exercise-projects.js';
import { exerciseTaskFilters } from './tasks-api/exercise-task-filters.js';
import { tasksApi } from './tasks-api/tasks-api.js';

/** A started Taskledger: one process, or many. */
export interface ServedApi {
  url: string;
  stop(): Promise<void>;
}

/** Tests each sentence of the Tasks API's contract over HTTP against what is started. The titles are its sentences. */
export function exerciseTasksApi(start: () => Promise<ServedApi>): void {
  let server: ServedApi;
  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  const api = tasksApi(() => server.url);
  exerciseGiven(api);
  exerciseSettled(api);
  exerciseTaskFilters(api);
  exerciseRetries(api);
  exerciseProjects(api);
  exerciseErrors(api);
  exercisePositions(api);
  exerciseAsOf(api);
}
