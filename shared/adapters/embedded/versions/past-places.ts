import { isFinal, TASK_STATUSES } from '../../../core/domain/task.js';
import { orderParts, type ListOrder } from '../../../core/ports/list-order.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { lastingPart, nearMoment, statusesOf } from '../../../core/ports/task-versions.js';
import { CommonPlaces } from '../read-model/common-places.js';
import { MergedPlaces } from '../read-model/merged-places.js';
import type { Place } from '../read-model/place.js';
import type { PlaceStream } from '../read-model/place-stream.js';
import type { TaskLists } from '../read-model/task-lists.js';
import { taskQuery } from '../read-model/task-query.js';
import type { TaskTables } from '../read-model/task-tables.js';
import { DistinctPlaces } from './distinct-places.js';
import type { VersionTables } from './version-tables.js';

/** Which part of which list is wanted. */
export interface PastPart {
  position: string;
  filter: ListFilter;
  order: ListOrder;
  after: Place | undefined;
}

/** What of a filter leads to few tasks by an index of its own, whatever states they were in. */
const NAMED = ['key', 'keyPrefix', 'taskIds', 'labels', 'parents', 'retryOf'] as const;

/**
 * Where all those tasks stand that a filter let through at a position, and others, in the order of the list.
 *
 * What never changes is looked for in the present lists, and final states are there as well: they last. What was pending or
 * running in the position's unit is found by its spans.
 */
export function pastPlaces(
  { position, filter, order, after }: PastPart,
  lists: TaskLists,
  tables: TaskTables,
  versions: VersionTables,
): PlaceStream {
  const { units } = versions;
  const open = units.open();
  const unit = units.unitOf(position, open);
  const end = open === undefined || unit === open.unit ? undefined : units.start(unit + 1).at;
  const present = (lasting: ListFilter): PlaceStream =>
    lists.places(taskQuery(nearMoment(lasting, order, end), after, order, tables));

  const lasting = lastingPart(filter, order);
  const statuses = statusesOf(filter);
  const passing = statuses.filter((status) => !isFinal(status));
  // Nothing to be found by a state, or by those alone that last.
  const isByState = lasting.statuses === undefined && statuses.length < TASK_STATUSES.length;
  if (!isByState && filter.silent !== true) return present(lasting);
  if (orderParts(order).key !== 'created') return present(lasting);

  const wanted = filter.silent === true ? passing.filter((status) => status === 'running') : passing;
  const lasted = filter.silent === true ? [] : statuses.filter(isFinal);
  const { bounds } = taskQuery(nearMoment(filter, order, end), after, order, tables);
  const streams = wanted.flatMap((status) =>
    versions.spans.places(TASK_STATUSES.indexOf(status), unit, open?.unit ?? 0, bounds),
  );
  if (lasted.length > 0) streams.push(present({ ...ofPlace(filter), statuses: lasted }));
  const byState = new DistinctPlaces(new MergedPlaces(streams));
  if (NAMED.every((member) => filter[member] === undefined)) return byState;
  return new CommonPlaces([present(lasting), byState]);
}

/** What of a filter the present lists find in the index of the states, without a look at the tasks. */
function ofPlace({
  projectId,
  taskTypes,
  notTaskTypes,
  createdAfter,
  createdBefore,
}: ListFilter): ListFilter {
  return {
    ...(projectId !== undefined && { projectId }),
    ...(taskTypes !== undefined && { taskTypes }),
    ...(notTaskTypes !== undefined && { notTaskTypes }),
    ...(createdAfter !== undefined && { createdAfter }),
    ...(createdBefore !== undefined && { createdBefore }),
  };
}
