import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Lease, Leases } from '../../shared/core/ports/lease.js';

/** A process with leases. */
export interface LeasesProcess {
  leases: Leases;
  /** Keeps it from renewing anything, as when it dies or its network fails. Also cleans up. */
  cutOff(): Promise<void>;
}

/** One engine with its data, for one test. */
export interface LeaseHarness {
  /** How long a lease outlives its last renewal. */
  ttlMs: number;
  /** Another process on the same engine. */
  open(): Promise<LeasesProcess>;
  cleanUp(): Promise<void>;
}

/** The contract that all `Leases` keep, whole. */
export function exerciseLease(name: string, makeHarness: () => Promise<LeaseHarness>): void {
  describe(`Leases: ${name}`, () => {
    let harness: LeaseHarness;
    let processes: LeasesProcess[];
    const never = new AbortController().signal;

    beforeEach(async () => {
      harness = await makeHarness();
      processes = [];
    });
    afterEach(async () => {
      for (const one of processes) await one.cutOff();
      await harness.cleanUp();
    });

    const open = async (): Promise<LeasesProcess> => {
      const one = await harness.open();
      processes.push(one);
      return one;
    };
    const acquire = async ({ leases }: LeasesProcess, lease = 'work'): Promise<Lease> => {
      const acquired = await leases.acquire(lease, never);
      if (acquired === undefined) throw new Error('The lease was not acquired');
      return acquired;
    };

    it('gives a free lease at once, and another of another name', async () => {
      const [one, other] = [await open(), await open()];
      const work = await acquire(one);
      const rest = await acquire(other, 'rest');
      expect(work.epoch).toBeGreaterThan(0);
      expect([work.lost.aborted, rest.lost.aborted]).toEqual([false, false]);
      await work.release();
      await rest.release();
    });

    it('lets others wait until it is released, and then one of them have it, under a greater epoch', async () => {
      const [one, other] = [await open(), await open()];
      const first = await acquire(one);
      let isHeld = true;
      const second = acquire(other).then((lease) => {
        expect(isHeld).toBe(false);
        return lease;
      });
      isHeld = false;
      await first.release();
      expect((await second).epoch).toBeGreaterThan(first.epoch);
      expect(first.lost.aborted).toBe(false);
      await first.release();
      await (await second).release();
    });

    it('is kept for much longer than its time, as long as the holder lives', async () => {
      const [one, other] = [await open(), await open()];
      const lease = await acquire(one);
      const patience = AbortSignal.timeout(harness.ttlMs * 3);
      expect(await other.leases.acquire('work', patience)).toBeUndefined();
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });

    it('answers nothing when the signal has fired', async () => {
      const [one, other] = [await open(), await open()];
      const lease = await acquire(one);
      expect(await other.leases.acquire('work', AbortSignal.abort())).toBeUndefined();
      const leaving = new AbortController();
      const waiting = other.leases.acquire('work', leaving.signal);
      leaving.abort();
      expect(await waiting).toBeUndefined();
      await lease.release();
    });

    it('is lost by a holder that can not renew it, before another has it', async () => {
      const [one, other] = [await open(), await open()];
      const lease = await acquire(one);
      const order: string[] = [];
      lease.lost.addEventListener('abort', () => order.push('lost'));
      const next = acquire(other).then((acquired) => {
        order.push('acquired');
        return acquired;
      });
      await one.cutOff();
      const { epoch, release } = { epoch: (await next).epoch, release: async () => (await next).release() };
      expect(order).toEqual(['lost', 'acquired']);
      expect(lease.lost.reason).toBe('not_renewed');
      expect(epoch).toBeGreaterThan(lease.epoch);
      await lease.release();
      await release();
    });

    it('has one holder at a time among many, each under a greater epoch', async () => {
      const epochs: number[] = [];
      let holders = 0;
      const contend = async (): Promise<void> => {
        const one = await open();
        for (let round = 0; round < 3; round++) {
          const lease = await acquire(one);
          expect(++holders).toBe(1);
          epochs.push(lease.epoch);
          await new Promise(setImmediate);
          holders--;
          await lease.release();
        }
      };
      await Promise.all(Array.from({ length: 5 }, contend));
      expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
      expect(epochs).toHaveLength(15);
    });
  });
}
