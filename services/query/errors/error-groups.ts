import { shownTime, type TimeForm } from '../../../shared/core/contracts/time.js';
import { joined, type FailureCounts, type FailurePoint } from '../../../shared/core/ports/task-failures.js';
import type { ErrorsQuery } from './error-parameters.js';

/** How many projects, and how many types, are shown of an error: those with the most. */
export const SHOWN_OF_ERROR_MAX = 10;

/** How often something was seen. */
interface Seen {
  tasks: number;
  attempts: number;
}

interface ErrorGroup {
  all: FailureCounts;
  byProject: Map<number, Seen>;
  byType: Map<string, Seen>;
}

/** The errors of some points, each key with all that is known of it. Points are added one after the other, in their order. */
export class ErrorGroups {
  private readonly groups = new Map<string, ErrorGroup>();
  /** How many counts were looked at. */
  looked = 0;

  constructor(private readonly wanted: Pick<ErrorsQuery, 'filter' | 'errorKey'>) {}

  add({ projectId, byType }: FailurePoint): void {
    const { filter, errorKey } = this.wanted;
    for (const [taskType, all] of byType) {
      this.looked += all.length;
      if (filter.taskTypes?.includes(taskType) === false || filter.notTaskTypes?.includes(taskType) === true)
        continue;
      for (const counts of all)
        if (errorKey === undefined || counts.errorKey === errorKey) this.count(projectId, taskType, counts);
    }
  }

  /** What is shown: how much there is in all, and the errors with the most. */
  shown(limit: number, times: TimeForm): object {
    const groups = [...this.groups.values()].sort(byCount);
    return {
      count: sum(groups, 'tasks'),
      attempts: sum(groups, 'attempts'),
      keys: groups.length,
      errors: groups.slice(0, limit).map((group) => shownError(group, times)),
    };
  }

  private count(projectId: number, taskType: string, counts: FailureCounts): void {
    const group = this.groups.get(counts.errorKey);
    const { byProject, byType } = group ?? {
      byProject: new Map<number, Seen>(),
      byType: new Map<string, Seen>(),
    };
    const all = group === undefined ? counts : joined(group.all, counts);
    see(byProject, projectId, counts);
    see(byType, taskType, counts);
    this.groups.set(counts.errorKey, { all, byProject, byType });
  }
}

function see<Name>(seen: Map<Name, Seen>, name: Name, { tasks, attempts }: Seen): void {
  const before = seen.get(name) ?? { tasks: 0, attempts: 0 };
  seen.set(name, { tasks: before.tasks + tasks, attempts: before.attempts + attempts });
}

function sum(groups: readonly ErrorGroup[], member: keyof Seen): number {
  return groups.reduce((total, { all }) => total + all[member], 0);
}

/** By how many tasks failed, then by the time of the last; by key, so that the order is always the same. */
function byCount({ all: one }: ErrorGroup, { all: other }: ErrorGroup): number {
  if (one.tasks !== other.tasks) return other.tasks - one.tasks;
  if (one.lastAt !== other.lastAt) return one.lastAt < other.lastAt ? 1 : -1;
  return one.errorKey < other.errorKey ? -1 : 1;
}

function shownError({ all, byProject, byType }: ErrorGroup, times: TimeForm): object {
  const shown = (time: string): string => (times === undefined ? shownTime(time) : time);
  return {
    error_key: all.errorKey,
    error_type: all.errorType,
    text: all.text,
    count: all.tasks,
    attempts: all.attempts,
    first_seen: shown(all.firstAt),
    last_seen: shown(all.lastAt),
    task_id: all.taskId,
    by_project: largest(byProject).map(([project_id, seen]) => ({ project_id, ...shownSeen(seen) })),
    by_type: largest(byType).map(([task_type, seen]) => ({ task_type, ...shownSeen(seen) })),
  };
}

function shownSeen({ tasks, attempts }: Seen): object {
  return { count: tasks, attempts };
}

function largest<Name extends string | number>(seen: Map<Name, Seen>): [Name, Seen][] {
  const all = [...seen].sort(([one, a], [other, b]) => {
    if (a.tasks !== b.tasks) return b.tasks - a.tasks;
    if (a.attempts !== b.attempts) return b.attempts - a.attempts;
    return one < other ? -1 : 1;
  });
  return all.slice(0, SHOWN_OF_ERROR_MAX);
}
