import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { Lease, LeaseLoss, Leases } from '../../shared/core/ports/lease.js';
import { until } from '../unit/projections/projector-under-test.js';

/** Leases that a test gives out itself. */
export class GivenLeases implements Leases {
  failures = 0;
  released = 0;
  private give: ((lease: Lease | undefined) => void) | undefined;

  acquire(_name: string, signal: AbortSignal): Promise<Lease | undefined> {
    if (this.failures-- > 0) return Promise.reject(new UnavailableError('The engine is unavailable'));
    return new Promise((resolve) => {
      this.give = resolve;
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  /** Gives the lease to who waits for it. Answers how it is lost. */
  async grant(epoch: number): Promise<(loss: LeaseLoss) => void> {
    await until(() => this.give !== undefined);
    const losing = new AbortController();
    const release = async (): Promise<void> => void this.released++;
    this.give?.({ epoch, lost: losing.signal, release });
    this.give = undefined;
    return (loss) => losing.abort(loss);
  }
}
