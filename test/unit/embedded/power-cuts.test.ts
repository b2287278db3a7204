import { describe, expect, it } from '@jest/globals';
import { EventLog } from '../../../shared/adapters/embedded/event-log/event-log.js';
import { contentOf, faultsAfterCut, LogRun } from '../../support/disk/log-run.js';
import { afterPowerCut } from '../../support/disk/power-cut.js';
import { SimulatedDisk, type DiskImage } from '../../support/disk/simulated-disk.js';
import { randomFaults } from '../../support/disk/random-faults.js';
import { randomOf } from '../../support/random-of.js';

const RUNS = 12;
const CUTS_PER_RUN = 250;
const LIVES = 3;
const COMMITS_PER_LIFE = 16;

/** How many of what a disk is asked for it refuses, where it is one that does. */
const REFUSED = 0.04;

/** Has a program write to a disk, be killed or stopped, and start again. */
async function liveOn(disk: SimulatedDisk, random: () => number, refuse: () => void): Promise<LogRun> {
  const run = new LogRun(disk, random);
  for (let life = 0; life < LIVES; life++) {
    await run.start();
    refuse();
    for (let commit = 0; commit < COMMITS_PER_LIFE; commit++) await run.write();
    disk.fault = () => undefined;
    if (random() < 0.6) await run.killWhileWriting();
    else run.stop();
  }
  return run;
}

/** What is wrong with what a power cut has left: opened again, and written to and cut off once more. */
async function faultsOf(
  image: DiskImage,
  { commits, written }: LogRun,
  moment: number,
  random: () => number,
): Promise<string[]> {
  const disk = new SimulatedDisk(image);
  const run = new LogRun(disk, random, written);
  const found = await run.start();
  const faults = faultsAfterCut(found, commits, moment);
  if (!(await run.write())) faults.push('the log takes nothing more');
  run.stop();
  const secondMoment = Math.floor(random() * (disk.record.moment + 1));
  for (const [name, until, left] of [
    ['stopped', Infinity, disk.image()],
    ['cut off again', secondMoment, afterPowerCut(disk.record, secondMoment, random, image)],
  ] as const) {
    const later = await EventLog.open('/ledger', { files: new SimulatedDisk(left) });
    const grown = contentOf(later);
    later.close();
    for (const fault of faultsAfterCut(grown, run.commits, until, found)) faults.push(`${name}: ${fault}`);
  }
  return faults;
}

/** What is wrong anywhere, each with the seed and the moment that show it again. */
async function faultsOfRun(seed: number, refuses: boolean): Promise<string[]> {
  const disk = new SimulatedDisk();
  const random = randomOf(seed);
  const run = await liveOn(disk, random, () => {
    if (refuses) disk.fault = randomFaults(random, REFUSED);
  });
  const faults: string[] = [];
  for (let cut = 0; cut < CUTS_PER_RUN; cut++) {
    const moment = Math.floor((cut / CUTS_PER_RUN) * (disk.record.moment + 1));
    const chance = randomOf(seed * 1_000 + cut);
    const left = afterPowerCut(disk.record, moment, chance);
    const found = await faultsOf(left, run, moment, chance).catch((error: Error) => [error.message]);
    faults.push(...found.map((fault) => `seed ${seed}, cut ${cut} at moment ${moment}: ${fault}`));
  }
  return faults;
}

const seeds = (first: number): number[] => Array.from({ length: RUNS / 2 }, (_, index) => first + index);

describe('the log of the ledger, wherever the power went', () => {
  it.each(seeds(1))('has all that was acknowledged, and goes on (seed %d)', async (seed) => {
    expect(await faultsOfRun(seed, false)).toEqual([]);
  });

  it.each(seeds(101))('does so on a disk that refuses this and that (seed %d)', async (seed) => {
    expect(await faultsOfRun(seed, true)).toEqual([]);
  });
});
