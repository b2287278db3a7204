import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
import { exerciseTaskSeries } from '../support/exercise-task-series.js';

exerciseTaskSeries('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-series-'));
  return {
    open: async () => {
      const readModel = await EmbeddedReadModel.open(join(folder, 'read-model'));
      return { readModel, series: readModel.series };
    },
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  };
});
