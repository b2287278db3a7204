import { shownTime } from '../../../shared/core/contracts/time.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import type { ListFilter } from '../../../shared/core/ports/task-filter.js';
import { LIFE } from './random-lives.js';
import type { RandomNumbers } from './random-numbers.js';

/** A filter with some members, at random. @param tasks How many there are. @param times Some times that tasks have. */
export function randomFilter(random: RandomNumbers, tasks: number, times: readonly string[]): ListFilter {
  const second = (): string => shownTime(random.oneOf(times));
  const id = (): number => 1 + random.below(tasks);
  const members: { [Member in keyof ListFilter]-?: () => ListFilter[Member] } = {
    statuses: () => random.someOf(TASK_STATUSES),
    projectId: () => random.oneOf(LIFE.projects),
    taskTypes: () => random.someOf(LIFE.types, 0.7),
    notTaskTypes: () => random.someOf(LIFE.types, 0.3),
    createdAfter: second,
    createdBefore: second,
    endedAfter: second,
    endedBefore: second,
    startedAfter: second,
    startedBefore: second,
    dueBefore: second,
    key: () => `${random.oneOf(LIFE.keys)}${id()}`,
    keyPrefix: () => random.oneOf(['crawl/', 'crawl/a/', 'mail/']),
    taskIds: () => Array.from({ length: 20 }, id),
    labels: () => random.someOf(LIFE.labels, 0.6),
    parents: () => [String(id()), String(id())],
    retryOf: () => [`mail/${id()}`, `mail/${id()}`],
    workers: () => random.someOf(LIFE.workers, 0.7),
    errorTypes: () => random.someOf(LIFE.errors, 0.7),
    silent: () => true,
    words: () => [random.oneOf(LIFE.words)],
    errorWords: () => [random.oneOf(LIFE.words)],
  };
  const names = Object.keys(members) as (keyof ListFilter)[];
  const filter: ListFilter = {};
  // The states most often: they are what differs from one moment to another.
  if (random.chance(0.6)) filter.statuses = random.someOf(TASK_STATUSES);
  for (let count = random.chance(0.9) ? 1 + random.below(2) : 0; count > 0; count--) {
    const name = random.oneOf(names);
    Object.assign(filter, { [name]: members[name]() });
  }
  return filter;
}
