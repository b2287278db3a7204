import { afterEach, describe, expect, it } from '@jest/globals';
import { HeldLease } from '../../../shared/adapters/mongodb/held-lease.js';
import { untilTrue } from '../../support/until-true.js';

const TTL_MS = 40;

describe('a lease that is lost', () => {
  let lease: HeldLease | undefined;
  afterEach(() => lease?.release());

  it.each([
    ['taken', 'another process has it', () => Promise.resolve(false)],
    ['not_renewed', 'its engine does not answer', () => Promise.reject(new Error('unavailable'))],
  ] as const)('says %s when %s', async (loss, _, renew) => {
    const release = (): Promise<void> => Promise.resolve();
    lease = new HeldLease({ epoch: 1, ttlMs: TTL_MS, sentAtMs: performance.now(), renew, release });
    const { lost } = lease;
    await untilTrue(() => lost.aborted);
    expect(lost.reason).toBe(loss);
  });
});
