import { errorKeyOf, errorTextOf } from '../../shared/core/domain/error-key.js';
import type { TaskSnapshot } from '../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { FailureCounts, FailurePlace } from '../../shared/core/ports/task-failures.js';

/** What failed, in the plainest way: by looking through all events for each hour, project, type and error that there is. */
export function naiveFailures(
  events: readonly RecordedEvent[],
  keptFrom: string,
): (FailurePlace & { byType: [string, FailureCounts[]][] })[] {
  const failed = events
    .filter(({ type }) => type === 'TaskFailed' || type === 'TaskAttemptFailed')
    .map(({ type, data, metadata: { recorded_at: at = '' } }) => {
      const {
        after,
        error_message: { value: message },
        error_type,
      } = data as unknown as {
        after: TaskSnapshot;
        error_message: { value: string };
        error_type?: string;
      };
      const key = errorKeyOf(error_type, message);
      return { type, at, after, key, hour: at.slice(0, 13), text: errorTextOf(message), error_type };
    })
    .filter(({ hour }) => hour >= keptFrom);
  const distinct = <Value>(values: Value[]): Value[] => [...new Set(values)];

  return distinct(failed.map(({ hour }) => hour))
    .sort()
    .flatMap((hour) => {
      const inHour = failed.filter((one) => one.hour === hour);
      const ids = distinct(inHour.map(({ after }) => after.project_id)).sort((a, b) => a - b);
      return ids.map((projectId) => {
        const ofProject = inHour.filter(({ after }) => after.project_id === projectId);
        const types = distinct(ofProject.map(({ after }) => after.task_type));
        const byType = types.map((taskType): [string, FailureCounts[]] => {
          const ofType = ofProject.filter(({ after }) => after.task_type === taskType);
          const keys = distinct(ofType.map(({ key }) => key));
          return [taskType, keys.map((errorKey) => counted(ofType.filter(({ key }) => key === errorKey)))];
        });
        return { bucket: hour, projectId, byType };
      });
    });
}

function counted(
  all: {
    type: string;
    at: string;
    after: TaskSnapshot;
    key: string;
    text: string;
    error_type?: string | undefined;
  }[],
): FailureCounts {
  const times = all.map(({ at }) => at).sort();
  const lastAt = times.at(-1) as string;
  const newest = all.filter(({ at }) => at === lastAt).at(-1) as (typeof all)[number];
  const tasks = all.filter(({ type }) => type === 'TaskFailed').length;
  return {
    errorKey: newest.key,
    errorType: newest.error_type ?? null,
    text: newest.text,
    taskId: newest.after.task_id,
    ...{ tasks, attempts: all.length - tasks, firstAt: times[0] as string, lastAt },
  };
}
