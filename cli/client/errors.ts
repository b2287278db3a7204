import { Option, type Command } from 'commander';
import { withRetries } from '../../clients/typescript/src/retries.js';
import type { Errors, TaskError } from '../../clients/typescript/src/wire.js';
import { intFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import { note } from './output.js';
import { jsonLine, printable } from './printable.js';
import { Table, type Column } from './table.js';

/** How many errors are shown; the API's own limit. */
const ERRORS_MAX = 1_000;
const LIMIT_DEFAULT = 20;

interface ErrorsOptions {
  project?: string;
  projectId?: string;
  taskType?: string;
  from?: string;
  to?: string;
  errorKey?: string;
  limit: number;
}

/** `taskledger errors`. */
export function addErrors(program: Command): void {
  const command = program
    .command('errors')
    .description('show with which errors tasks failed, those of the most tasks first')
    .option('--project <name>', 'only tasks of the project with this name')
    .option('--project-id <id>', 'only tasks of this project')
    .option('--type, --task-type <types>', 'only tasks of these types; !ocr for any other')
    .option('--from <time>', 'from the hour that this is in on (RFC 3339); 24 hours without it')
    .option('--to <time>', 'up to the hours that begin before this; now without it')
    .option('--error-key <key>', 'only this error')
    .addOption(
      new Option('--limit <errors>', 'how many errors at most')
        .argParser(intFrom(1, ERRORS_MAX))
        .default(LIMIT_DEFAULT),
    );
  askingCommand(command, 'the errors, one a line', errors);
}

async function errors({ http, retry, out, options }: Asking<ErrorsOptions>): Promise<void> {
  const { project, projectId, taskType, from, to, errorKey, limit } = options;
  const parameters = new URLSearchParams({ limit: String(limit) });
  const given = { project, project_id: projectId, task_type: taskType, from, to, error_key: errorKey };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) parameters.set(name, value);
  const path = `/api/v1/errors?${parameters.toString()}`;
  const found = (await withRetries(retry, () => http.data('GET', path))) as Errors;
  await out.lines(...(out.asJson ? found.errors.map(jsonLine) : tableLines(found.errors)));
  if (out.isTerminal && found.errors.length < found.keys)
    note(`these are ${found.errors.length} of ${found.keys} errors; --limit shows more`);
}

/** The text is last, since it has any length. */
const COLUMNS: readonly Column[] = [
  { title: 'FAILED', align: 'right' },
  { title: 'RETRIED', align: 'right' },
  { title: 'FIRST SEEN (UTC)' },
  { title: 'LAST SEEN (UTC)' },
  { title: 'NEWEST TASK', align: 'right' },
  { title: 'ERROR KEY' },
  { title: 'TYPE' },
  { title: 'ERROR' },
];

function tableLines(shown: readonly TaskError[]): string[] {
  const table = new Table(COLUMNS);
  const rows = shown.map((error) =>
    [
      String(error.count),
      String(error.attempts),
      error.first_seen.replace('T', ' '),
      error.last_seen.replace('T', ' '),
      String(error.task_id),
      error.error_key,
      error.error_type ?? '',
      error.text,
    ].map((text) => ({ text: printable(text) })),
  );
  return [table.head(rows), ...table.lines(rows)];
}
