import type { Command } from 'commander';
import { successData } from '../../clients/typescript/src/json-http.js';
import { withRetries } from '../../clients/typescript/src/retries.js';
import type { CountsByStatus, Stats } from '../../clients/typescript/src/wire.js';
import { askingCommand, type Asking } from './asking-command.js';
import { note } from './output.js';
import { jsonLine, printable } from './printable.js';
import { durationText } from './shown-task.js';
import { Table, type Cell, type Column } from './table.js';

interface StatsOptions {
  projectId?: string;
}

/** `taskledger stats`. */
export function addStats(program: Command): void {
  const command = program
    .command('stats')
    .description('count tasks by status, type and project, with the durations of those that completed')
    .option('--project-id <id>', 'only tasks of this project');
  askingCommand(command, 'the counts as JSON in a line', stats);
}

async function stats({ http, retry, out, options }: Asking<StatsOptions>): Promise<void> {
  const { projectId } = options;
  const query =
    projectId === undefined ? '' : `?${new URLSearchParams({ project_id: projectId }).toString()}`;
  const { data, headers } = await withRetries(retry, async () => {
    const answer = await http.request('GET', `/api/v1/tasks/stats${query}`);
    return { data: successData(answer) as Stats, headers: answer.headers };
  });
  await out.lines(...(out.asJson ? [jsonLine(data)] : statsLines(data)));
  if (headers.get('link') !== null)
    note(`these are the first ${data.by_project?.length} projects; --project-id shows another`);
}

function statsLines({ total, by_status, by_type, by_project }: Stats): string[] {
  const types = Object.entries(by_type).map(([type, { duration_ms, ...counts }]) => [
    { text: printable(type) },
    ...countCells(counts),
    { text: millisecondsText(duration_ms.median) },
    { text: millisecondsText(duration_ms.p95) },
  ]);
  const projects = (by_project ?? []).map(({ project_id, ...counts }) => [
    { text: String(project_id) },
    ...countCells(counts),
  ]);
  return [
    ...tableLines([{ title: 'TASKS' }, ...COUNTS], [[{ text: 'all' }, ...countCells({ total, by_status })]]),
    ...section([{ title: 'TYPE' }, ...COUNTS, ...DURATIONS], types),
    ...section([{ title: 'PROJECT', align: 'right' }, ...COUNTS], projects),
  ];
}

const COUNTS: readonly Column[] = ['TOTAL', 'PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'].map(
  (title) => ({ title, align: 'right' }),
);

const DURATIONS: readonly Column[] = ['MEDIAN', 'P95'].map((title) => ({ title, align: 'right' }));

function countCells({ total, by_status }: { total: number; by_status: CountsByStatus }): Cell[] {
  const { pending, running, completed, failed, cancelled } = by_status;
  return [total, pending, running, completed, failed, cancelled].map((count) => ({ text: String(count) }));
}

/** Below a minute with milliseconds, since most tasks take seconds; empty where there is none. */
function millisecondsText(ms: number | null): string {
  if (ms === null) return '';
  return ms < 60_000 ? `${(ms / 1000).toFixed(3)}s` : durationText(ms);
}

function section(columns: readonly Column[], rows: Cell[][]): string[] {
  return rows.length === 0 ? [] : ['', ...tableLines(columns, rows)];
}

function tableLines(columns: readonly Column[], rows: Cell[][]): string[] {
  const table = new Table(columns);
  return [table.head(rows), ...table.lines(rows)];
}
