import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { identityEvent } from '../../shared/core/application/identity-event.js';
import { exerciseSealing } from '../support/exercise-sealing.js';
import { startKurrentDbDouble } from '../support/kurrentdb-double/start-kurrentdb-double.js';

const deps = { clock: { nowMs: () => Date.now() }, crypto: new NodeCrypto() };

exerciseSealing('KurrentDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-sealing-'));
  const double = await startKurrentDbDouble({ file: join(folder, 'ledger.log') });
  return {
    open: async () => KurrentDbEventStore.open(double.url, (id) => identityEvent(id, deps)),
    dispose: async () => {
      await double.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
