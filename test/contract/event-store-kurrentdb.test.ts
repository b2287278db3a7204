import { afterAll, beforeAll } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { exerciseEventStore } from '../support/exercise-event-store.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';

let double: KurrentDbDouble;
beforeAll(async () => {
  double = await startKurrentDbDouble();
});
afterAll(() => double.stop());

exerciseEventStore('KurrentDB', async () => ({
  open: async () => KurrentDbEventStore.open(double.url),
  dispose: async () => undefined,
}));
