import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { runUnderLease, type LeasedWork, type Work } from '../../../projections/engine/run-under-lease.js';
import { storedProjectorStatus } from '../../../projections/engine/stored-projector-status.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { Leases } from '../../../shared/core/ports/lease.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import type { ProjectorHeartbeat } from '../../../shared/core/ports/projector-status.js';
import { silentLogger } from '../../support/command-side.js';
import { GivenLeases } from '../../support/given-leases.js';
import { until } from './projector-under-test.js';

describe('runUnderLease', () => {
  const run = (
    leases: Leases,
    stopped: number[],
    stop?: () => Promise<void>,
    logger: Logger = silentLogger,
  ): LeasedWork<Work> =>
    runUnderLease({
      leases,
      name: 'work',
      logger,
      start: (epoch) => ({
        async stop() {
          await stop?.();
          stopped.push(epoch);
        },
      }),
    });

  it('works while it has the lease, and stands by otherwise', async () => {
    const [leases, stopped] = [new GivenLeases(), [] as number[]];
    const work = run(leases, stopped);
    expect(work.current()).toBeUndefined();
    const lose = await leases.grant(1);
    await until(() => work.current() !== undefined);
    lose('taken');
    await until(() => work.current() === undefined);
    expect(stopped).toEqual([1]);
    await leases.grant(4);
    await until(() => work.current() !== undefined);
    await Promise.all([work.stop(), work.stop()]);
    expect([stopped, leases.released]).toEqual([[1, 4], 2]);
  });

  it('says whether another process has taken the lease, or it could not be renewed', async () => {
    const [leases, said] = [new GivenLeases(), [] as string[]];
    const warn: Logger['warn'] = ({ event }, message) => void said.push(`${event}: ${message}`);
    const work = run(leases, [], undefined, { ...silentLogger, warn });
    for (const [epoch, loss] of [
      [1, 'taken'],
      [2, 'not_renewed'],
    ] as const) {
      const lose = await leases.grant(epoch);
      await until(() => work.current() !== undefined);
      lose(loss);
      await until(() => work.current() === undefined);
    }
    await work.stop();
    expect(said).toEqual([
      expect.stringMatching(/^lease_taken: The lease of work is not held by this process any more/),
      expect.stringMatching(/^lease_not_renewed: The lease of work could not be renewed in time/),
    ]);
  });

  it('says that a later holder has written, and takes the lease again', async () => {
    const [leases, events] = [new GivenLeases(), [] as string[]];
    let giveUp = (): void => undefined;
    const work = runUnderLease({
      leases,
      name: 'work',
      logger: { ...silentLogger, warn: ({ event }) => void events.push(event) },
      start: (_epoch, give) => {
        giveUp = give;
        return { stop: async () => undefined };
      },
    });
    await leases.grant(1);
    await until(() => work.current() !== undefined);
    giveUp();
    await leases.grant(2);
    await until(() => work.current() !== undefined);
    await work.stop();
    expect(events).toEqual(['lease_superseded']);
  });

  it('lets the lease go only when the work has stopped', async () => {
    const leases = new GivenLeases();
    let finish = (): void => undefined;
    const work = run(leases, [], () => new Promise<void>((resolve) => (finish = resolve)));
    await leases.grant(1);
    await until(() => work.current() !== undefined);
    const stopping = work.stop();
    await setImmediate();
    expect(leases.released).toBe(0);
    finish();
    await stopping;
    expect(leases.released).toBe(1);
  });

  it('tries again while the engine of the leases is away, and can be stopped meanwhile', async () => {
    const leases = new GivenLeases();
    leases.failures = 2;
    const work = run(leases, []);
    await leases.grant(1);
    await until(() => work.current() !== undefined);
    await work.stop();
    leases.failures = Infinity;
    await run(leases, []).stop();
  });
});

describe('storedProjectorStatus', () => {
  it('shows what the projector last said, and its silence when that lasts', async () => {
    let nowMs = 1_000_000;
    let heartbeat: ProjectorHeartbeat | undefined;
    let away = false;
    let asked = 0;
    const heartbeats = {
      writeHeartbeat: () => Promise.reject(new Error('not here')),
      async readHeartbeat() {
        asked++;
        if (away) throw new UnavailableError('The engine is unavailable');
        return heartbeat;
      },
    };
    const stored = storedProjectorStatus({ heartbeats, projection: 'toy-1', clock: { nowMs: () => nowMs } });
    const looked = async (): Promise<void> => {
      const before = asked;
      await until(() => asked > before);
      await setImmediate();
    };
    await until(() => asked === 1);
    expect(stored.status()).toEqual({ position: undefined, lagMs: 0, caughtUp: false, parkedStreams: 0 });
    const said = { position: '7', lagMs: 30, caughtUp: true, parkedStreams: 2 };
    // By a clock that goes before this one's.
    heartbeat = { ...said, atMs: nowMs + 60_000 };
    await looked();
    expect(stored.status()).toEqual(said);
    nowMs += 5_001;
    expect(stored.status()).toMatchObject({
      lagMs: 5_031,
      lastError: 'No projector has been heard of for 5001 ms',
    });
    heartbeat = { ...said, lagMs: 0, atMs: nowMs + 60_000 };
    await looked();
    expect(stored.status()).toEqual({ ...said, lagMs: 0 });
    away = true;
    await looked();
    expect(stored.status()).toEqual({ ...said, lagMs: 0, lastError: 'The engine is unavailable' });
    await Promise.all([stored.stop(), stored.stop()]);
  });
});
