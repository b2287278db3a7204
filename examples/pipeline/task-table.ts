import type { TaskDetail } from '../../clients/typescript/src/index.js';

const HEADINGS = ['ID', 'TYPE', 'STATUS', 'PROGRESS', 'CREATED', 'DURATION'] as const;

/** Columns that hold numbers stand to the right. */
const RIGHT: ReadonlySet<string> = new Set(['ID', 'PROGRESS', 'DURATION']);

/** Tasks as a table of plain text, one line each, its columns aligned. */
export function taskTable(tasks: TaskDetail[]): string {
  const rows = tasks.map((task) => [
    String(task.id),
    task.taskType,
    task.status,
    progressText(task),
    task.createdAt.toISOString().slice(0, 19).replace('T', ' '),
    durationText(task),
  ]);
  const lines = [[...HEADINGS] as string[], ...rows];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] as string).length)),
  );
  return lines
    .map((line) => {
      const cells = line.map((cell, column) => {
        const width = widths[column] as number;
        return RIGHT.has(HEADINGS[column] as string) ? cell.padStart(width) : cell.padEnd(width);
      });
      return cells.join('  ').trimEnd();
    })
    .join('\n');
}

/** How far a task has come: `30/100`, with the share where the total is known. */
export function progressText({ progress, total }: Pick<TaskDetail, 'progress' | 'total'>): string {
  return total === 0
    ? String(progress)
    : `${progress}/${total} ${String(Math.floor((progress / total) * 100)).padStart(3)} %`;
}

/** How long a task took from its start to its end, to the second as the API shows times; `-` before it is over. */
export function durationText({
  startedAt,
  completedAt,
}: Pick<TaskDetail, 'startedAt' | 'completedAt'>): string {
  if (startedAt === null || completedAt === null) return '-';
  const seconds = Math.round((completedAt.getTime() - startedAt.getTime()) / 1_000);
  if (seconds < 1) return '< 1 s';
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
