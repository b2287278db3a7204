import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
import { exerciseTaskCounters } from '../support/exercise-task-counters.js';

exerciseTaskCounters('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-counters-'));
  return {
    open: async () => {
      const readModel = await EmbeddedReadModel.open(join(folder, 'read-model'));
      return { readModel, counters: readModel.counters };
    },
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
});
