import { dateOf } from '../../clients/typescript/src/wire-form.js';
import type { TaskItem } from '../../clients/typescript/src/wire.js';
import { printable } from './printable.js';
import type { Cell, Column } from './table.js';

/** The columns of a list. The key is last, since it has any length. */
export const TASK_COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'STATUS' },
  { title: 'TYPE' },
  { title: 'PROGRESS', align: 'right' },
  { title: 'CREATED (UTC)' },
  { title: 'RAN', align: 'right' },
  { title: 'KEY' },
];

/** What a list has to be asked for beside what it shows anyway. */
export const TASK_COLUMNS_INCLUDE = ['key', 'started_at', 'completed_at'] as const;

/** A task as a row of these columns. @param colours Whether its status has a colour. */
export function taskRow(task: TaskItem, colours: boolean, now: Date): Cell[] {
  return [
    { text: String(task.id) },
    statusCell(task.status, colours),
    { text: printable(task.task_type) },
    { text: progressText(task) },
    { text: printable(task.created_at.replace('T', ' ')) },
    { text: ranText(task, now) },
    { text: printable(task.key ?? '') },
  ];
}

/** A change of a task as one line. @param left Whether it does not match any more. */
export function changeLine(task: TaskItem, left: boolean, colours: boolean): string {
  const { text, paint } = statusCell(task.status, colours);
  const parts = [
    String(task.id).padStart(6),
    `${paint(text)}${' '.repeat(Math.max(0, 'completed'.length - text.length))}`,
    printable(task.task_type),
    progressText(task),
    printable(task.key ?? ''),
    left ? '(does not match any more)' : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** How long something took: its two greatest units, `1m05s`. @param ms In milliseconds; less than 0 counts as 0. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** How long a task ran, or has been running; empty before its start. */
export function ranText({ started_at, completed_at, status }: TaskItem, now: Date): string {
  if (typeof started_at !== 'string') return '';
  if (typeof completed_at === 'string')
    return durationText(dateOf(completed_at).getTime() - dateOf(started_at).getTime());
  return status === 'running' ? durationText(now.getTime() - dateOf(started_at).getTime()) : '';
}

/** How far a task has come; without a total while that is unknown. */
export function progressText({ progress, total }: Pick<TaskItem, 'progress' | 'total'>): string {
  return total > 0 ? `${progress}/${total}` : String(progress);
}

/** A status, painted in its colour where there are colours. */
export function statusCell(status: string, colours: boolean): Required<Cell> {
  const colour = colours ? COLOURS[status as TaskItem['status']] : undefined;
  const paint = (text: string): string => (colour === undefined ? text : `\x1b[${colour}m${text}\x1b[0m`);
  return { text: printable(status), paint };
}

/** Of each status, as ECMA-48 (SGR) numbers it; those that are dark on a light terminal and light on a dark one. */
const COLOURS: Record<TaskItem['status'], number> = {
  pending: 90,
  running: 36,
  completed: 32,
  failed: 31,
  cancelled: 33,
};
