import { withExactIntegers } from '../../../shared/core/contracts/exact-integers.js';
import { taskExtras, type TaskInclude } from '../../../shared/core/contracts/task-fields.js';
import { taskItemJson, withIncludes } from '../../../shared/core/contracts/task-json.js';
import { shownTime } from '../../../shared/core/contracts/time.js';
import { errorWords, taskWords } from '../../../shared/core/domain/words.js';
import type { TaskSnapshot } from '../../../shared/core/domain/task.js';
import { durationMs, orderParts, type ListOrder } from '../../../shared/core/ports/list-order.js';
import { hasWords, matchesFilter, type ListFilter } from '../../../shared/core/ports/task-filter.js';
import type { LivedEvent } from './random-lives.js';

/** A task as it was from an event on. */
interface PastState {
  at: number;
  revision: number;
  snapshot: TaskSnapshot;
  paramsJson: string;
  resultJson: string;
  errorMessageJson: string;
}

/** Every state of every task, in memory, and what each list was: by looking at all of them. */
export class PastModel {
  private readonly tasks = new Map<number, PastState[]>();

  add({ at, event, change }: LivedEvent): void {
    const states = this.tasks.get(event.taskId) ?? [];
    const before = states.at(-1);
    states.push({
      at,
      revision: change.revision,
      snapshot: event.after,
      paramsJson: change.paramsJson ?? before?.paramsJson ?? '{}',
      resultJson: change.resultJson ?? '{}',
      errorMessageJson: change.errorMessageJson ?? '""',
    });
    this.tasks.set(event.taskId, states);
  }

  get size(): number {
    return this.tasks.size;
  }

  /** A task as it was; `undefined` where it was not there yet. */
  stateAt(taskId: number, at: number): PastState | undefined {
    const states = this.tasks.get(taskId) ?? [];
    let [low, high] = [0, states.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((states[middle] as PastState).at <= at) low = middle + 1;
      else high = middle;
    }
    return states[low - 1];
  }

  /** All tasks as they were. */
  statesAt(at: number): PastState[] {
    return [...this.tasks.keys()].flatMap((taskId) => this.stateAt(taskId, at) ?? []);
  }

  /** A whole list as it was. */
  listAt(at: number, filter: ListFilter, order: ListOrder, include: readonly TaskInclude[] = []): string[] {
    const { key, ascending } = orderParts(order);
    const placed = this.statesAt(at)
      .filter((state) => matches(filter, state))
      .flatMap((state) => {
        const by = sortedBy(key, state.snapshot);
        return by === undefined ? [] : { state, by };
      });
    placed.sort((one, other) => {
      if (one.by !== other.by) return one.by < other.by ? -1 : 1;
      return one.state.snapshot.task_id - other.state.snapshot.task_id;
    });
    if (!ascending) placed.reverse();
    return placed.map(({ state }) => itemOf(state, include));
  }
}

function matches(filter: ListFilter, { snapshot, errorMessageJson }: PastState): boolean {
  const { key, task_type: taskType } = snapshot;
  const { traits } = taskExtras(snapshot);
  return (
    matchesFilter(filter, snapshot) &&
    hasWords(filter, () => ({
      names: taskWords({ key, taskType, traits }),
      error: errorWords(errorMessageJson),
    }))
  );
}

function sortedBy(
  key: 'created' | 'ended' | 'duration',
  { created_at, started_at, completed_at }: TaskSnapshot,
): string | undefined {
  if (key === 'created') return shownTime(created_at);
  if (completed_at === null) return undefined;
  if (key === 'ended') return shownTime(completed_at);
  const ms = durationMs(JSON.stringify(started_at), JSON.stringify(completed_at));
  return ms === undefined ? undefined : String(ms).padStart(16, '0');
}

function itemOf({ snapshot, ...parts }: PastState, include: readonly TaskInclude[]): string {
  return withIncludes(taskItemJson(snapshot), include, {
    key: snapshot.key,
    extras: taskExtras(snapshot),
    paramsJson: withExactIntegers(parts.paramsJson),
    resultJson: parts.resultJson,
    errorMessageJson: parts.errorMessageJson,
  });
}
