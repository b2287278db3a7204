import { readFileSync } from 'node:fs';

/** Which process of which machine's start this is, as part of a file name: a process id alone is given out again. */
export function ownIdentity(): string {
  return identityOf(process.pid) ?? String(process.pid);
}

/** Whether that very process still runs. One that was killed and only waits for its parent to notice does not. */
export function isRunning(identity: string): boolean {
  const pid = Number(identity.split('-')[0]);
  const now = identityOf(pid);
  if (now !== undefined && identity.includes('-')) return now === identity;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** `<pid>-<start of the machine>-<start of the process>` where the system tells (Linux: man 5 proc). */
function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    // The second field is the program's name in parentheses and may hold spaces; the third is the state, the
    // twenty-second the start in clock ticks since the machine's.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ended = fields[0] === 'Z' || fields[0] === 'X';
    return `${pid}-${boot}-${ended ? 'ended' : fields[19]}`;
  } catch {
    return undefined;
  }
}
