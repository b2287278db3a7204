import type { TaskStatus } from './types.js';

/** A value, or with `!` before it all but this value. */
export type Choice<Value extends string> = Value | `!${Value}`;

/**
 * Which tasks are meant; all conditions together. Of several plain values of `status` or `taskType` any may hold; negated
 * ones are taken away from them, or from everything where there are only negated ones.
 */
export interface TaskFilter {
  projectId?: number;
  status?: Choice<TaskStatus> | readonly Choice<TaskStatus>[];
  taskType?: string | readonly string[];
  /** From this second on; a string as in RFC 3339. */
  createdAfter?: Date | string;
  /** Before this second. */
  createdBefore?: Date | string;
  /** Exactly this key. */
  key?: string;
  /** Whole segments of a path, with a `/` at the end: `crawl/2025-03-12/`. */
  keyPrefix?: string;
}

/** What a list shows beside the task's state. */
export type ListInclude =
  'key' | 'attempt' | 'startedAt' | 'completedAt' | 'params' | 'result' | 'errorMessage';

/** What a stream shows beside the task's state. */
export type StreamInclude = 'key' | 'attempt' | 'startedAt' | 'completedAt';

/** A filter as the API has it, in parameters and in bodies alike. */
export function wireFilter(filter: TaskFilter): Record<string, string | number | readonly string[]> {
  return withoutUndefined({
    project_id: filter.projectId,
    status: filter.status,
    task_type: filter.taskType,
    created_after: timeText(filter.createdAfter),
    created_before: timeText(filter.createdBefore),
    key: filter.key,
    key_prefix: filter.keyPrefix,
  });
}

/** The parameters of a list or a stream. */
export function queryOf(
  filter: TaskFilter,
  { include, ...others }: { include?: readonly string[] | undefined } & Record<string, unknown> = {},
): string {
  const query = new URLSearchParams();
  const parameters = { ...wireFilter(filter), include: include?.map(snakeCase), ...others };
  for (const [name, value] of Object.entries(withoutUndefined(parameters)))
    query.set(name, Array.isArray(value) ? value.join(',') : String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function timeText(time: Date | string | undefined): string | undefined {
  return time instanceof Date ? time.toISOString() : time;
}

function withoutUndefined<Value>(members: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(members).filter((member): member is [string, Value] => member[1] !== undefined),
  );
}
