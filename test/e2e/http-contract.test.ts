import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { exerciseTasksApi } from '../support/exercise-tasks-api.js';
import { startServer } from '../support/server.js';

describe('the Tasks API of one process on the embedded engines', () => {
  exerciseTasksApi(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'taskledger-contract-'));
    const server = await startServer({ dataDir });
    return {
      url: server.url,
      async stop() {
        await server.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  });
});
