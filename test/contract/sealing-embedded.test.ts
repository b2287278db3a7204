import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { exerciseSealing } from '../support/exercise-sealing.js';

exerciseSealing('the embedded ledger', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-sealing-'));
  return {
    open: () => EmbeddedEventStore.open(folder),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
});
