import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { exerciseEventStore } from '../support/exercise-event-store.js';

exerciseEventStore('embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-event-store-'));
  return {
    open: () => EmbeddedEventStore.open(join(folder, 'ledger')),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
});
