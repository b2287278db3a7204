import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
import { exerciseTaskVersions } from '../support/exercise-task-versions.js';

exerciseTaskVersions(
  'embedded',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-versions-'));
    return {
      open: async () => {
        const readModel = await EmbeddedReadModel.open(join(folder, 'read-model'));
        return { readModel, versions: readModel.versions };
      },
      cleanUp: () => rm(folder, { recursive: true, force: true }),
    };
  },
  { tasks: 2_000, events: 50_000, lists: 1_000 },
);
