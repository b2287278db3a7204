import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EventLog } from '../../../shared/adapters/embedded/event-log/event-log.js';
import { MARK_RETRY_MS } from '../../../shared/adapters/embedded/event-log/log-writer.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { contentOf, faultsAfterCut, LogRun } from '../../support/disk/log-run.js';
import { SimulatedDisk, systemError, type DiskFault } from '../../support/disk/simulated-disk.js';
import { randomOf } from '../../support/random-of.js';

const SEED = 5;
const COMMITS = 14;

/** Has a program write to a disk, with the same content each time; answers what it was asked for and what is wrong. */
async function faultsOfRun(
  code: string,
  bytes: number,
  failing?: number,
): Promise<{ requests: number; faults: string[] }> {
  const disk = new SimulatedDisk();
  const run = new LogRun(disk, randomOf(SEED));
  await run.start();
  let requests = 0;
  disk.fault = (): DiskFault | undefined =>
    requests++ === failing ? { error: systemError(code), bytes } : undefined;
  for (let commit = 0; commit < COMMITS; commit++) await run.write();
  disk.fault = () => undefined;
  const faults: string[] = [];
  if (!(await run.write())) faults.push('the log takes nothing more');
  faults.push(...faultsAfterCut(contentOf(run.log), run.commits, Infinity));
  run.stop();
  const later = await EventLog.open('/ledger', { files: new SimulatedDisk(disk.image()) });
  faults.push(...faultsAfterCut(contentOf(later), run.commits, Infinity));
  later.close();
  return { requests, faults: faults.map((fault) => `request ${failing}: ${fault}`) };
}

describe('the log of the ledger on a disk that refuses one request', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    ['EIO', 0],
    ['EIO', Infinity],
    ['ENOSPC', 300],
    ['EDQUOT', 20],
  ])(
    'has all that was acknowledged, and goes on, whichever it is (%s after %d bytes)',
    async (code, bytes) => {
      const { requests } = await faultsOfRun(code, bytes);
      expect(requests).toBeGreaterThan(COMMITS);
      for (let failing = 0; failing < requests; failing++) {
        expect((await faultsOfRun(code, bytes, failing)).faults).toEqual([]);
      }
    },
  );

  it('answers unavailable, with the name of the file, while it can not be read', async () => {
    const disk = new SimulatedDisk();
    const run = new LogRun(disk, randomOf(SEED));
    await run.start();
    await run.write();
    disk.fault = ({ what }) => (what === 'read' ? { error: systemError('EIO') } : undefined);
    const read = (): unknown => run.log.record(96);
    expect(read).toThrow(UnavailableError);
    expect(read).toThrow("0000000000000001.log can't be read: EIO");
    disk.fault = () => undefined;
    expect(read()).toMatchObject({ position: 1 });
    run.stop();
  });

  it('lets readers see a commit whose end could not be noted, without another one', async () => {
    jest.useFakeTimers();
    const disk = new SimulatedDisk();
    const run = new LogRun(disk, randomOf(SEED));
    await run.start();
    await run.write();
    const reader = await EventLog.open('/ledger', { files: disk, readOnly: true });
    const before = reader.refresh();
    disk.fault = ({ what, path }) =>
      what === 'write' && path.endsWith('end') ? { error: systemError('EIO') } : undefined;
    expect(await run.write()).toBe(true);
    jest.advanceTimersByTime(MARK_RETRY_MS);
    expect(reader.refresh()).toEqual(before);
    disk.fault = () => undefined;
    jest.advanceTimersByTime(MARK_RETRY_MS);
    expect(reader.refresh()).toMatchObject(run.log.end);
    reader.close();
    run.stop();
  });
});
