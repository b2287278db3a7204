import { Option, type Command } from 'commander';
import { linkedPages } from '../../clients/typescript/src/linked-pages.js';
import { withRetries } from '../../clients/typescript/src/retries.js';
import {
  DETAIL_INCLUDES,
  type History,
  type HistoryEntry,
  type JsonObject,
  type Task,
} from '../../clients/typescript/src/wire.js';
import { AS_OF_TEXT } from './list.js';
import { taskIdFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import { note } from './output.js';
import { jsonLine, printable, printableLines } from './printable.js';
import { progressText, ranText, statusCell } from './shown-task.js';

/** How many events of a history one request brings at most; the API's own limit. */
const PAGE_EVENTS_MAX = 1_000;

/** How much of an event's data its line shows. */
const DATA_CHARACTERS_MAX = 200;

const LABEL_WIDTH = 12;

interface ShowOptions {
  history?: boolean;
  asOf?: string;
}

/** `taskledger show`. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .description('show one task with its params, result and error message')
    .argument('<id>', "the task's id", taskIdFrom)
    .addOption(
      new Option('--history', 'and all that happened to it, with what was refused').conflicts('asOf'),
    )
    .option('--as-of <moment>', AS_OF_TEXT);
  askingCommand(command, 'it as JSON in a line, and each entry of the history in one', show);
}

async function show({ http, retry, out, options }: Asking<ShowOptions>, id: number): Promise<void> {
  const moment = options.asOf === undefined ? '' : `&as_of=${encodeURIComponent(options.asOf)}`;
  const path = `/api/v1/tasks/${id}?include=${DETAIL_INCLUDES.join(',')}${moment}`;
  const task = (await withRetries(retry, () => http.data('GET', path))) as Task;
  await out.lines(...(out.asJson ? [jsonLine(task)] : detailLines(task, out.colours)));
  if (options.history !== true) return;

  if (!out.asJson) await out.lines('', 'history');
  const pages = linkedPages(http, retry, `/api/v1/tasks/${id}/history?limit=${PAGE_EVENTS_MAX}`);
  let fault: string | undefined;
  for await (const { data } of pages) {
    const { events, evidence, intact, fault: found } = data as History;
    if (!intact) fault ??= found ?? 'it is not said why';
    const toLine = out.asJson ? jsonEntry : entryLine;
    await out.lines(
      ...events.map((entry) => toLine(entry, false)),
      ...evidence.map((entry) => toLine(entry, true)),
    );
    if (out.gone.aborted) return;
  }
  if (fault !== undefined) note(`the record of this task does not verify: ${printable(fault)}`);
}

/** A task as lines for people; its times as they are on record, in UTC. */
function detailLines(task: Task, colours: boolean): string[] {
  const { text, paint } = statusCell(task.status, colours);
  const time = (of: string | null): string => (of === null ? '' : printable(of.replace('T', ' ')));
  const lines: [label: string, value: string][] = [
    ['id', String(task.id)],
    ['key', printable(task.key ?? '')],
    ['project', String(task.project_id)],
    ['type', printable(task.task_type)],
    ['status', paint(text)],
    ['progress', progressText(task)],
    ['attempt', task.attempt === 0 ? '' : String(task.attempt)],
    ['created', time(task.created_at)],
    ['started', time(task.started_at)],
    ['completed', time(task.completed_at)],
    ['last heard', time(task.heard_at ?? null)],
    ['ran', ranText(task, new Date())],
    ['params', indented(valueLines(task.params))],
    ['result', indented(valueLines(task.result))],
    ['error', indented(printableLines(task.error_message))],
  ];
  return lines.filter(([, value]) => value !== '').map(([label, value]) => label.padEnd(LABEL_WIDTH) + value);
}

/** Nothing of an empty object. */
function valueLines(value: JsonObject): string[] {
  return Object.keys(value).length === 0 ? [] : printableLines(JSON.stringify(value, undefined, 2));
}

function indented(lines: readonly string[]): string {
  return lines.join(`\n${' '.repeat(LABEL_WIDTH)}`);
}

function jsonEntry(entry: HistoryEntry, isEvidence: boolean): string {
  return jsonLine({ ...entry, is_evidence: isEvidence });
}

function entryLine(entry: HistoryEntry): string {
  const { recorded_at, type, source, data, damage } = entry;
  const said = jsonLine(data);
  const parts = [
    `  ${(recorded_at ?? '').replace('T', ' ')}`,
    type,
    Object.keys(data).length === 0 ? '' : cut(said),
    `by ${source}`,
    damage === undefined ? '' : `damaged: ${damage}`,
  ];
  return parts
    .filter((part) => part !== '')
    .map(printable)
    .join('  ');
}

function cut(text: string): string {
  const characters = [...text.slice(0, 2 * DATA_CHARACTERS_MAX)];
  if (characters.length <= DATA_CHARACTERS_MAX) return text;
  return `${characters.slice(0, DATA_CHARACTERS_MAX).join('')}…`;
}
