import { readFile } from 'node:fs/promises';

/** The clock ticks in which Linux counts processor time: 100 a second, wherever Node runs. */
const TICK_US = 10_000;

/** The processor time that a process has taken, of all its threads, its own and the system's for it, in microseconds. */
export async function processorUs(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name before it may hold spaces. See proc(5): of what follows, utime and stime are the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** The bytes that a process has caused to be written to disk, without those that were thrown away before. */
export async function writtenBytes(pid: number | undefined): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8');
  return countIn(io, 'write_bytes') - countIn(io, 'cancelled_write_bytes');
}

/**
 * The memory that a process needs, in kilobytes: its own pages, and those of files that are not on disk yet. Clean pages of
 * mapped files are given back whenever somebody else needs them, and are not counted.
 */
export async function neededKilobytes(pid: number | undefined): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  // Its own pages are counted as dirty, too, but for the few that are not.
  const dirty = countIn(rollup, 'Private_Dirty') + countIn(rollup, 'Shared_Dirty');
  return Math.max(dirty, countIn(rollup, 'Anonymous'));
}

function countIn(text: string, name: string): number {
  const count = new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1];
  if (count === undefined) throw new Error(`Linux says no ${name} here`);
  return Number(count);
}
