import type { Command } from 'commander';
import { STREAM_INCLUDES } from '../../clients/typescript/src/wire.js';
import { askingCommand, type Asking } from './asking-command.js';
import { addFilters, filterParameters } from './filter-options.js';
import { followedChanges, type FollowedChange } from './followed-events.js';
import type { Output } from './output.js';
import { jsonLine } from './printable.js';
import { changeLine } from './shown-task.js';

interface TailOptions {
  after?: string;
}

/** `taskledger tail`. */
export function addTail(program: Command): void {
  const command = addFilters(
    program.command('tail').description('follow what changes, a line for each change, until it is stopped'),
  ).option(
    '--after <position>',
    'begin after this position of the ledger instead of now; 0 is its beginning',
  );
  askingCommand(command, 'each change in a line, with its position', tail);
}

async function tail({ out, options, ...connection }: Asking<TailOptions>): Promise<void> {
  const parameters = filterParameters({ ...options });
  parameters.set('include', out.asJson ? STREAM_INCLUDES.join(',') : 'key');
  const path = `/api/v1/tasks/stream?${parameters.toString()}`;
  const { after } = options;
  for await (const change of followedChanges(connection, path, { after, gone: out.gone }))
    await out.lines(shownChange(change, out));
}

/** A change as a line. */
export function shownChange({ left, position, task }: FollowedChange, out: Output): string {
  if (out.asJson) return jsonLine({ event: left ? 'left' : 'task', position, task });
  return changeLine(task, left, out.colours);
}
