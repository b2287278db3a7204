import { join } from 'node:path';
import { EmbeddedEventStore } from '../../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { allItems, caughtUp } from '../api.js';
import type { LoadOutcome } from '../expect-nothing-lost.js';
import { auditLedger } from '../ledger-audit.js';
import type { Publisher } from '../publisher.js';
import type { Server } from '../server.js';
import { shownStats } from '../shown-stats.js';

/** What a server shows once it has caught up, and what its ledger holds, read beside it. */
export async function loadOutcome(
  { url }: Server,
  dataDir: string,
  publishers: Publisher[],
): Promise<LoadOutcome> {
  await caughtUp(url);
  const items = await allItems(url);
  await caughtUp(url, 'stats');
  const stats = await shownStats(url);
  const ledger = await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly: true });
  const audit = await auditLedger(ledger);
  await ledger.close();
  return { publishers, audit, items, stats };
}
