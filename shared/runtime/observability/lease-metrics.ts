import { Gauge, type Registry } from 'prom-client';
import type { Lease, Leases } from '../../core/ports/lease.js';

/** Which leases this process stands for, which of them it holds, and under which epoch. Their names are few. */
export class LeaseMetrics {
  private readonly epochs = new Map<string, () => number | undefined>();

  constructor(registry: Registry) {
    const { epochs } = this;
    const gauge = (
      member: string,
      help: string,
      value: (epoch: number | undefined) => number | undefined,
    ): void => {
      new Gauge({
        name: `taskledger_lease_${member}`,
        help,
        labelNames: ['lease'],
        registers: [registry],
        collect() {
          this.reset();
          for (const [lease, epoch] of epochs) {
            const shown = value(epoch());
            if (shown !== undefined) this.set({ lease }, shown);
          }
        },
      });
    };
    gauge('held', '1 while this process holds the lease, 0 while it stands by', (epoch) =>
      epoch === undefined ? 0 : 1,
    );
    gauge(
      'epoch',
      'The number of the term in which this process holds the lease: greater than that of every holder before',
      (epoch) => epoch,
    );
  }

  /** @param epoch Of the term in which it is held; `undefined` while it is not. */
  watch(name: string, epoch: () => number | undefined): void {
    this.epochs.set(name, epoch);
  }

  /** The same leases, of which is shown which are held. */
  watched(leases: Leases): Leases {
    return {
      acquire: async (name, signal) => {
        let held: Lease | undefined;
        this.watch(name, () => (held?.lost.aborted === false ? held.epoch : undefined));
        held = await leases.acquire(name, signal);
        if (held === undefined) return undefined;
        const { epoch, lost } = held;
        const lease = held;
        const release = (): Promise<void> => {
          held = undefined;
          return lease.release();
        };
        return { epoch, lost, release };
      },
    };
  }
}
