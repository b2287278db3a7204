import { Option, type Command } from 'commander';
import { linkedPages } from '../../clients/typescript/src/linked-pages.js';
import { withRetries } from '../../clients/typescript/src/retries.js';
import type { Messages, TaskItem, TaskMessage } from '../../clients/typescript/src/wire.js';
import { MESSAGE_LEVELS } from '../../shared/core/domain/events.js';
import { EXIT_NOT_FOUND } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { taskIdFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import type { Connection } from './connection.js';
import { followedEvents } from './followed-events.js';
import { note } from './output.js';
import { jsonLine, printable, printableLines } from './printable.js';

/** How many messages one request brings at most; the API's own limit. */
const PAGE_MESSAGES_MAX = 1_000;

const LEVEL_WIDTH = Math.max(...MESSAGE_LEVELS.map(({ length }) => length));

interface MessagesOptions {
  level?: string;
  follow?: boolean;
}

/** `taskledger messages`. */
export function addMessages(program: Command): void {
  const command = program
    .command('messages')
    .description('show what a task has said, oldest first')
    .argument('<task>', "the task's id, or its key")
    .addOption(
      new Option('--level <level>', 'only messages of this level and of those that matter more').choices(
        MESSAGE_LEVELS,
      ),
    )
    .option('--follow', 'and what it says from now on, until it is over');
  askingCommand(command, 'each message in a line', messages);
}

async function messages(
  { out, options, ...connection }: Asking<MessagesOptions>,
  task: string,
): Promise<void> {
  const path = `/api/v1/tasks/${await taskIdOf(connection, task)}/messages`;
  const filter: Record<string, string> = options.level === undefined ? {} : { level: options.level };
  const show = (said: readonly TaskMessage[]): Promise<void> =>
    out.lines(...said.map(out.asJson ? jsonLine : messageLine));
  const after = await showListed(connection, `${path}?${listQuery(filter)}`, show, out.gone);
  if (options.follow !== true || out.gone.aborted) return;

  const stream = `${path}/stream?${new URLSearchParams(filter).toString()}`;
  const following = { after: String(after), gone: out.gone };
  for await (const { data } of followedEvents(connection, stream, ['message'], following))
    await show([data as TaskMessage]);
}

function listQuery(filter: Record<string, string>): string {
  const page = { order: 'oldest', limit: String(PAGE_MESSAGES_MAX) };
  return new URLSearchParams({ ...page, ...filter }).toString();
}

/** Shows what the task has said. Answers the revision up to which that was. */
async function showListed(
  { http, retry }: Connection,
  path: string,
  show: (said: readonly TaskMessage[]) => Promise<void>,
  gone: AbortSignal,
): Promise<number> {
  let [revision, fault] = [0, undefined as string | undefined];
  for await (const { data } of linkedPages(http, retry, path)) {
    const page = data as Messages;
    if (!page.intact) fault ??= page.fault ?? 'it is not said why';
    await show(page.messages);
    revision = page.revision;
    if (gone.aborted) return revision;
  }
  if (fault !== undefined) note(`the record of this task does not verify: ${printable(fault)}`);
  return revision;
}

/** What is digits alone is an id: no key is. */
async function taskIdOf({ http, retry }: Connection, task: string): Promise<number> {
  if (/^\d+$/.test(task)) return taskIdFrom(task);
  const path = `/api/v1/tasks?${new URLSearchParams({ key: task, limit: '1' }).toString()}`;
  const [found] = (await withRetries(retry, () => http.data('GET', path))) as TaskItem[];
  if (found === undefined) throw new ExitError('Task not found', EXIT_NOT_FOUND);
  return found.id;
}

function messageLine({ recorded_at, attempt, level, message, erased }: TaskMessage): string {
  const time = printable((recorded_at ?? '').replace('T', ' '));
  const said = erased ? '(erased)' : printableLines(message ?? '').join('\n    ');
  return `${time}  ${level.padEnd(LEVEL_WIDTH)}  ${attempt === 0 ? '' : `attempt ${attempt}: `}${said}`;
}
