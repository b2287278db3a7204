import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { verifyLedger } from '../shared/core/application/verify-ledger.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import type { Settings } from '../shared/runtime/settings.js';
import { openEventStore } from './engines.js';

/** What the thread is given: a part of the ledger, by positions. */
export interface VerifyThreadData {
  settings: Settings;
  /** Not included. */
  afterPosition?: string | undefined;
  /** Included. */
  upToPosition?: string | undefined;
}

/** What the thread says; `done` is the last. */
export type VerifyThreadWord =
  { kind: 'fault'; text: string } | { kind: 'progress' | 'done'; events: number };

/** Verifies its part of the ledger. */
async function main(parent: MessagePort, { settings, ...part }: VerifyThreadData): Promise<void> {
  const say = (word: VerifyThreadWord): void => parent.postMessage(word);
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  try {
    const store = await openEventStore({ settings, lifecycle, logger }, { readOnly: true });
    const events = await verifyLedger({
      ...part,
      store,
      crypto: new NodeCrypto(),
      onFault: (text) => say({ kind: 'fault', text }),
      onProgress: (events) => say({ kind: 'progress', events }),
    });
    say({ kind: 'done', events });
  } finally {
    await lifecycle.stop();
  }
}

await main(parentPort as MessagePort, workerData as VerifyThreadData);
