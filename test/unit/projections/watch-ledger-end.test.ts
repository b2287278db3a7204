import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProjectorLag } from '../../../projections/engine/projector-lag.js';
import { watchLedgerEnd } from '../../../projections/engine/watch-ledger-end.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { until } from './projector-under-test.js';

describe('watchLedgerEnd', () => {
  let nowMs: number;
  let lag: ProjectorLag;
  let looks: number;
  let lastPosition: () => Promise<string | undefined>;
  let stopping: AbortController;
  let watching: Promise<void>;

  beforeEach(() => {
    nowMs = 0;
    looks = 0;
    lag = new ProjectorLag({ nowMs: () => nowMs }, { count: 0 }, false);
    lastPosition = async () => '5';
    stopping = new AbortController();
    const store = {
      lastPosition: () => {
        looks++;
        return lastPosition();
      },
    };
    watching = watchLedgerEnd(store, lag, stopping.signal, 1);
    lag.took({ events: [], position: '5', caughtUp: true });
    lag.listening();
  });

  afterEach(async () => {
    stopping.abort();
    await watching;
  });

  /** Waits for a look that began after this, and its answer. */
  const look = async (): Promise<void> => {
    const before = looks;
    await until(() => looks >= before + 2);
  };

  it('shows no lag as long as the ledger does not go on', async () => {
    await look();
    nowMs = 60_000;
    await look();
    expect(lag.status().lagMs).toBe(0);
  });

  it('shows how long an end is known that was not come to, while nothing is heard', async () => {
    lastPosition = async () => '6';
    await look();
    nowMs = 2_000;
    expect(lag.status().lagMs).toBe(0);
    nowMs = 7_500;
    lastPosition = async () => '9';
    await look();
    expect(lag.status().lagMs).toBe(7_500);
    lag.took({ events: [], position: '6', caughtUp: true });
    lag.listening();
    await look();
    expect(lag.status().lagMs).toBe(0);
    nowMs = 10_000;
    expect(lag.status().lagMs).toBe(2_500);
    lag.took({ events: [], position: '9', caughtUp: true });
    lag.listening();
    expect(lag.status().lagMs).toBe(0);
  });

  it('shows since when the end is not known, when the store does not answer or is away', async () => {
    lastPosition = () => Promise.reject(new UnavailableError('away'));
    await look();
    nowMs = 3_000;
    expect(lag.status().lagMs).toBe(3_000);
    lastPosition = async () => '5';
    await look();
    expect(lag.status().lagMs).toBe(0);
    let answer: (position: string) => void = () => undefined;
    lastPosition = () => new Promise((resolve) => (answer = resolve));
    const before = looks;
    await until(() => looks > before);
    nowMs = 8_000;
    expect(lag.status().lagMs).toBe(5_000);
    answer('5');
    await until(() => lag.status().lagMs === 0);
    lastPosition = async () => '5';
    answer('5');
  });
});
