import { LedgerRefusalError } from '../contracts/errors.js';
import { originKey } from '../domain/task.js';
import type { ReceivedCommand } from './received-command.js';
import type { CommandResult } from './task-draft.js';
import type { ReservedBy } from './task-reservations.js';

/** Which task commands are for: its id, or what a new one's is reserved by. */
export type CommandTarget = { id: number } | ReservedBy;

/** One task's commands on their way. */
export interface CommandJob {
  readonly target: CommandTarget;
  /** `targetName` of it. */
  readonly name: string;
  readonly commands: readonly ReceivedCommand[];
  readonly deadlineMs: number;
  triesLeft: number;
  /** The results of the first commands: those that are done. */
  readonly settled: CommandResult[];
  /** Whether each event is appended by itself. */
  oneByOne: boolean;
}

/** One of which nothing is done yet. */
export function newJob(job: Omit<CommandJob, 'settled' | 'oneByOne'>): CommandJob {
  return { ...job, settled: [], oneByOne: false };
}

/** Whether what is left creates the task. */
export function creates({ commands, settled }: CommandJob): boolean {
  return commands.some(
    ({ command, creation }, at) =>
      at >= settled.length && (command.type === 'CreateTask' || creation !== undefined),
  );
}

/** The commands that have no result yet. */
export function commandsLeft({ commands, settled }: CommandJob): readonly ReceivedCommand[] {
  return commands.slice(settled.length);
}

/**
 * The results of the commands that are left, where the ledger takes none of them.
 *
 * @throws The error, if it is another one.
 */
export function refusedByLedger(job: CommandJob, error: unknown): CommandResult[] {
  if (!(error instanceof LedgerRefusalError)) throw error;
  const { target } = job;
  const taskId = 'id' in target ? target.id : undefined;
  const { code, message } = error;
  return commandsLeft(job).map(() => ({ outcome: 'refused', taskId, code, message }));
}

/** One name for each target. */
export function targetName(target: CommandTarget): string {
  if ('id' in target) return `i${target.id}`;
  return 'key' in target ? `k${target.key}` : `e${originKey(target.createdBy)}`;
}
