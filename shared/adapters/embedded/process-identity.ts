import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Which process of which machine start: a pid alone is given out again. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in a form that is only good for comparing; absent where the system does not tell. */
  started?: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const stat = readStat(process.pid);
  return stat === undefined ? { pid: process.pid } : { pid: process.pid, started: stat.started };
}

/** Whether that very process still runs. One that was killed and only waits for its parent to notice does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  if (stat !== undefined && identity.started !== undefined) {
    return stat.started === identity.started && !stat.ended;
  }
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Which start of the machine this is. Where the system gives it no name it is told by its minute: a clock that is set
 * meanwhile makes it another one, which is the safe side for whoever asks whether anything can have been lost.
 */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return `started in minute ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
}

/** What Linux tells of a process (man 5 proc); `undefined` on other systems and when there is no such process. */
function readStat(pid: number): { started: string; ended: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold spaces; the third is the state, the
    // twenty-second the start in clock ticks since the machine's.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: `${bootId()}/${fields[19]}`, ended: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}
