import type { Command } from 'commander';
import { STREAM_INCLUDES, type TaskItem } from '../../clients/typescript/src/wire.js';
import { EXIT_FAILURE, EXIT_TASK_CANCELLED, EXIT_TASK_FAILED } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { taskIdFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import { followedChanges } from './followed-events.js';
import { shownChange } from './tail.js';

/** With which exit code each final state ends. */
const EXITS: Partial<Record<TaskItem['status'], number>> = {
  completed: 0,
  failed: EXIT_TASK_FAILED,
  cancelled: EXIT_TASK_CANCELLED,
};

/** `taskledger watch`. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('follow one task until it is over; the exit code says how it ended')
    .argument('<id>', "the task's id", taskIdFrom);
  askingCommand(command, 'each change in a line, with its position', watch);
}

async function watch({ out, options: _, ...connection }: Asking<object>, id: number): Promise<void> {
  const path = `/api/v1/tasks/${id}/stream?include=${out.asJson ? STREAM_INCLUDES.join(',') : 'key'}`;
  // How it ended is in the exit code: so it goes on when nobody reads its lines any more.
  const gone = new AbortController().signal;
  for await (const change of followedChanges(connection, path, { gone })) {
    await out.lines(shownChange(change, out));
    const exit = EXITS[change.task.status];
    if (exit === undefined) continue;
    process.exitCode = exit;
    return;
  }
  throw new ExitError(`The stream of task ${id} ended before the task did`, EXIT_FAILURE);
}
