/** A failure, as the event that says it says it. */
export interface Failure {
  /** Whether the task failed, or an attempt of it after which it was to be tried again. */
  of: 'task' | 'attempt';
  taskId: number;
  /** As `errorKeyOf`. */
  errorKey: string;
  errorType: string | null;
  /** As `errorTextOf`. */
  text: string;
}

/** What failed in the tasks of one project and type in an hour, with one error. */
export interface FailureCounts {
  /** As of a failure, or `OTHER_ERRORS`. */
  errorKey: string;
  /** Of the newest. */
  errorType: string | null;
  text: string;
  taskId: number;
  /** How many tasks failed, and how many attempts after which it was to be tried again. */
  tasks: number;
  attempts: number;
  /** When the first and the last of them were: RFC 3339 with `Z` and milliseconds. */
  firstAt: string;
  lastAt: string;
}

/** What failed in one hour of a project. */
export interface FailurePoint {
  /** The hour, as `bucketOf` names it. */
  bucket: string;
  projectId: number;
  byType: ReadonlyMap<string, readonly FailureCounts[]>;
}

/** Where such a point stands: they are ordered by hour and project. */
export type FailurePlace = Pick<FailurePoint, 'bucket' | 'projectId'>;

/** How many errors of an hour of a project are told apart, so that its record, which is written as a whole, stays small. */
export const ERRORS_AN_HOUR_MAX = 500;

/** What stands for the key of all further ones of a type. */
export const OTHER_ERRORS = 'other';

/** What is asked for of failures. */
export interface TaskFailures {
  /** What failed in some hours in one project, in their order. @param hours At most `SERIES_BUCKETS_MAX`, ascending. */
  failures(hours: readonly string[], projectId: number): Promise<FailurePoint[]>;

  /**
   * What failed in each project, from one hour to another, by hour and project.
   *
   * @param limit How many at most: where there are more, as many as this.
   * @param after Only what stands after this.
   */
  failuresOfProjects(
    between: { first: string; last: string },
    limit: number,
    after?: FailurePlace,
  ): Promise<FailurePoint[]>;
}

/** A failure with its place and time. */
export interface PlacedFailure {
  taskType: string;
  at: string;
  failure: Failure;
}

/** What is kept of an hour of a project: by type. */
export type FailuresByType = [taskType: string, counts: FailureCounts[]][];

/**
 * The same with further failures, in the order of their events: then which ones have a key of their own follows from that order
 * alone, however they come.
 */
export function withFailures(before: FailuresByType, failures: readonly PlacedFailure[]): FailuresByType {
  const byType = new Map(
    before.map(([taskType, all]) => [taskType, new Map(all.map((one) => [one.errorKey, one]))]),
  );
  let told = 0;
  for (const all of byType.values()) told += all.size - (all.has(OTHER_ERRORS) ? 1 : 0);
  for (const { taskType, at, failure } of failures) {
    let all = byType.get(taskType);
    if (all === undefined) byType.set(taskType, (all = new Map<string, FailureCounts>()));
    const isTold = all.has(failure.errorKey) || told < ERRORS_AN_HOUR_MAX;
    const errorKey = isTold ? failure.errorKey : OTHER_ERRORS;
    const known = all.get(errorKey);
    if (known === undefined && isTold) told++;
    all.set(errorKey, withFailure(known, errorKey, at, failure));
  }
  return [...byType].map(([taskType, all]) => [taskType, [...all.values()]]);
}

function withFailure(
  known: FailureCounts | undefined,
  errorKey: string,
  at: string,
  { of, taskId, errorType, text }: Failure,
): FailureCounts {
  const [tasks, attempts] = of === 'task' ? [1, 0] : [0, 1];
  const one = { errorKey, errorType, text, taskId, tasks, attempts, firstAt: at, lastAt: at };
  return known === undefined ? one : joined(known, one);
}

/** What two that stand for the same error have together; of two that are as new the second is the newer one. */
export function joined(one: FailureCounts, other: FailureCounts): FailureCounts {
  return {
    ...(other.lastAt >= one.lastAt ? other : one),
    tasks: one.tasks + other.tasks,
    attempts: one.attempts + other.attempts,
    firstAt: one.firstAt < other.firstAt ? one.firstAt : other.firstAt,
  };
}
