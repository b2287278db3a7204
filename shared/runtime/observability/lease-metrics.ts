import { Gauge, type Registry } from 'prom-client';
import type { Lease, Leases } from '../../core/ports/lease.js';

/** Which leases this process stands for, which of them it holds, and under which term. Their names are few. */
export class LeaseMetrics {
  private readonly terms = new Map<string, () => number | undefined>();

  constructor(registry: Registry) {
    const { terms } = this;
    const gauge = (
      member: string,
      help: string,
      value: (term: number | undefined) => number | undefined,
    ): void => {
      new Gauge({
        name: `taskledger_lease_${member}`,
        help,
        labelNames: ['lease'],
        registers: [registry],
        collect() {
          this.reset();
          for (const [lease, term] of terms) {
            const shown = value(term());
            if (shown !== undefined) this.set({ lease }, shown);
          }
        },
      });
    };
    gauge('held', '1 while this process holds the lease, 0 while it stands by', (term) =>
      term === undefined ? 0 : 1,
    );
    gauge(
      'term',
      'The term under which this process holds the lease: greater than that of every holder before',
      (term) => term,
    );
  }

  /** @param term Under which it is held; `undefined` while it is not. */
  watch(name: string, term: () => number | undefined): void {
    this.terms.set(name, term);
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
