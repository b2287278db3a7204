import type { TaskEventFacts } from './events.js';
import type { Task } from './task.js';

/** What the watchdog asks the ledger to record. It knows the task as it is after the event at `revision`. */
export type WatchdogCommand =
  | { type: 'DeclareSilent'; facts: TaskEventFacts['TaskWentSilent']; revision: number }
  | { type: 'DeclareHeard'; facts: TaskEventFacts['TaskHeardAgain']; revision: number }
  /** What a silent task ends with whose creation said `when_silent: 'fail'`. */
  | { type: 'FailSilent'; facts: TaskEventFacts['TaskFailed']; revision: number };

/** Whether a command is one that only the watchdog gives. */
export function isWatchdogCommand(command: { type: string }): command is WatchdogCommand {
  return command.type === 'DeclareSilent' || command.type === 'DeclareHeard' || command.type === 'FailSilent';
}

/**
 * Whether a task is still as the watchdog has seen it: a newer event means that something was heard of it, or that another
 * watchdog was faster.
 */
export function isStillSo({ type, revision }: WatchdogCommand, { snapshot, eventCount }: Task): boolean {
  const wasSilent = type !== 'DeclareSilent';
  const isSilent = snapshot.silent === true;
  return revision === eventCount - 1 && snapshot.status === 'running' && isSilent === wasSilent;
}
