import { Option, type Command } from 'commander';
import { linkedPages } from '../../clients/typescript/src/linked-pages.js';
import { LIST_INCLUDES, type TaskItem } from '../../clients/typescript/src/wire.js';
import { LIST_ORDERS } from '../../shared/core/ports/list-order.js';
import { EXIT_FAILURE } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { intFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import { addFilters, filterParameters } from './filter-options.js';
import { note, type Output } from './output.js';
import { jsonLine } from './printable.js';
import { TASK_COLUMNS, TASK_COLUMNS_INCLUDE, taskRow } from './shown-task.js';
import { Table } from './table.js';

/** How many tasks one request brings at most; the API's own limit. */
const PAGE_TASKS_MAX = 1_000;
/** How many `--all` shows at most, and in how many requests: a page may have few tasks, or none. */
const ALL_TASKS_MAX = 100_000;
const PAGES_MAX = 1_000;

const LIMIT_DEFAULT = 50;

/** As lines of JSON, beside the state of each task; what can be large is asked for. */
const JSON_INCLUDE = ['key', 'attempt', 'started_at', 'completed_at'];

interface ListOptions {
  limit: number;
  all?: boolean;
  include?: string;
  q?: string;
  order?: string;
  asOf?: string;
}

/** `taskledger list`. */
export function addList(program: Command): void {
  const command = addFilters(
    program.command('list').description('list tasks, newest first or in another order'),
  )
    .addOption(
      new Option('--limit <tasks>', 'how many tasks at most')
        .argParser(intFrom(1, ALL_TASKS_MAX))
        .default(LIMIT_DEFAULT),
    )
    .addOption(new Option('--all', `all of them, ${ALL_TASKS_MAX} at most`).conflicts('limit'))
    .option('--q <words>', 'only tasks with all of these words; error:timeout: in the error alone')
    .addOption(orderOption())
    .option('--as-of <moment>', AS_OF_TEXT)
    .option('--include <members>', `with --json: some of ${LIST_INCLUDES.join(',')}`);
  askingCommand(command, 'the tasks, one a line', list);
}

/** What a moment is, for the help. */
export const AS_OF_TEXT = 'as it was at a time (RFC 3339), or at a position of the ledger';

function orderOption(): Option {
  return new Option(
    '--order <order>',
    'by what; with - before it from the greatest on (as --order=-ended)',
  ).choices(LIST_ORDERS);
}

async function list({ http, retry, out, options }: Asking<ListOptions>): Promise<void> {
  const tasksMax = options.all === true ? ALL_TASKS_MAX : options.limit;
  const parameters = filterParameters({ ...options });
  if (options.q !== undefined) parameters.set('q', options.q);
  parameters.set('limit', String(Math.min(tasksMax, PAGE_TASKS_MAX)));
  if (options.order !== undefined) parameters.set('order', options.order);
  if (options.asOf !== undefined) parameters.set('as_of', options.asOf);
  parameters.set('include', out.asJson ? (options.include ?? JSON_INCLUDE.join(',')) : TABLE_INCLUDE);

  const show = out.asJson ? showJson : tableShower(out);
  let [left, pages] = [tasksMax, 0];
  for await (const { data, headers } of linkedPages(http, retry, `/api/v1/tasks?${parameters.toString()}`)) {
    const page = data as TaskItem[];
    const shown = page.slice(0, left);
    await show(shown, out);
    left -= shown.length;
    pages++;
    const hasMore = shown.length < page.length || headers.get('link') !== null;
    if (out.gone.aborted || !hasMore) return;
    if (left === 0 || pages === PAGES_MAX) return incomplete(out, options, pages);
  }
}

const TABLE_INCLUDE = TASK_COLUMNS_INCLUDE.join(',');

function incomplete(out: Output, { all = false }: ListOptions, pages: number): void {
  if (all || pages === PAGES_MAX)
    throw new ExitError('There are more tasks than are shown at once; say which by a filter', EXIT_FAILURE);
  if (out.isTerminal) note('there are more; --limit and --all show them');
}

/** Shows some tasks. */
type Show = (tasks: readonly TaskItem[], out: Output) => Promise<void>;

const showJson: Show = (tasks, out) => out.lines(...tasks.map(jsonLine));

/** The titles come with the first tasks, or when there are none with nothing. */
function tableShower({ colours }: Output): Show {
  const table = new Table(TASK_COLUMNS);
  let begun = false;
  return async (tasks, out) => {
    const now = new Date();
    const rows = tasks.map((task) => taskRow(task, colours, now));
    const head = begun ? [] : [table.head(rows)];
    begun = true;
    await out.lines(...head, ...table.lines(rows));
  };
}
