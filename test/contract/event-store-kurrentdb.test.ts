import { afterAll } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { exerciseEventStore } from '../support/exercise-event-store.js';
import { findKurrentDb } from '../support/kurrentdb-double/find-kurrentdb.js';

const kurrentDb = await findKurrentDb();
afterAll(() => kurrentDb.stop());

exerciseEventStore(
  kurrentDb.name,
  async () => ({
    open: async () => KurrentDbEventStore.open(kurrentDb.url),
    dispose: async () => undefined,
  }),
  'many',
);
