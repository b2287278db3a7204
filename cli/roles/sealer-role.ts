import { runUnderLease } from '../../projections/engine/run-under-lease.js';
import { startSealer, type Sealer } from '../../projections/sealing/start-sealer.js';
import { projectorCheck } from '../../services/query/health/health-checks.js';
import { FileSealOutlet } from '../../shared/adapters/node/file-seal-outlet.js';
import { HttpSealOutlet } from '../../shared/adapters/node/http-seal-outlet.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Leases } from '../../shared/core/ports/lease.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import type { SealOutlet } from '../../shared/core/ports/seal-outlet.js';
import type { SealingSettings } from '../../shared/runtime/settings.js';
import { openNatsLeases } from '../engines.js';
import { readKeyFile } from '../key-file.js';
import type { Process } from './process.js';

/** What the sealer works with. */
export interface SealerParts {
  store: EventStore;
  bus: MessageBus;
  /** Of a read model that several processes share. */
  leases: Leases | undefined;
}

/**
 * Starts the sealer; where there may be several, one of them works, under a lease.
 *
 * @throws InvalidSettingError when the key can't be used.
 */
export async function startSealerRole(
  { deps, clock, checks, metrics }: Process,
  sealing: SealingSettings,
  { store, bus, leases: shared }: SealerParts,
): Promise<void> {
  const { lifecycle, logger, settings } = deps;
  const keys = await readKeyFile(sealing.keyFile);
  const { intervalMs } = sealing;
  const outlets = outletsOf(sealing);
  const crypto = new NodeCrypto();
  const start = () => startSealer({ store, bus, keys, outlets, crypto, clock, logger, intervalMs });
  const { nats } = settings;
  const opened = nats === undefined ? undefined : metrics.leases.watched(await openNatsLeases(deps, nats));
  const leases = opened ?? shared;
  const work = leases === undefined ? undefined : runUnderLease({ leases, name: 'sealer', start, logger });
  const alone = work === undefined ? start() : undefined;
  lifecycle.started('sealer', async () => {
    await work?.stop();
    await alone?.stop();
  });
  const current = (): Sealer | undefined => alone ?? work?.current();
  metrics.gauge(
    'taskledger_sealed_events',
    'Events that the last seal covers, where this process seals',
    () => {
      return current()?.status().sealedEvents ?? 0;
    },
  );
  checks.sealer = async () => {
    const sealer = current();
    // Another process works; this one is well as long as it stands by.
    if (sealer === undefined) return { ok: true, standby: true };
    const { error, position } = await projectorCheck(sealer)();
    // What is not sealed yet is served all the same.
    return { ok: error === undefined, position, sealed_events: sealer.status().sealedEvents, error };
  };
}

function outletsOf({ file, url }: SealingSettings): SealOutlet[] {
  return [
    ...(file === undefined ? [] : [new FileSealOutlet(file)]),
    ...(url === undefined ? [] : [new HttpSealOutlet(url)]),
  ];
}
