import { itemInTimes, withIncludes, type IncludedParts } from '../../../core/contracts/task-json.js';
import type { TaskInclude } from '../../../core/contracts/task-fields.js';
import type { TimeForm } from '../../../core/contracts/time.js';
import {
  COUNTED_TASKS_MAX,
  type ListCursor,
  type TaskCount,
  type TaskPage,
} from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { ORDER_DEFAULT, type ListOrder } from '../../../core/ports/list-order.js';
import { AnswerCache } from './answer-cache.js';
import { DamagedStoreError } from './damage.js';
import type { PendingTasks } from './pending-tasks.js';
import { GivenPlaces } from './given-places.js';
import { cursorAt, placeAt, placeIn } from './order-places.js';
import type { Place } from './place.js';
import { taskAt, type PlaceStream } from './place-stream.js';
import { ShownPlaces } from './shown-places.js';
import { TaskCache } from './task-cache.js';
import type { TaskDocuments } from './task-documents.js';
import { placesToCount } from './places-by-time.js';
import { storedPlaces } from './task-places.js';
import { passes, taskQuery, type ListedTask, type TaskQuery } from './task-query.js';
import type { TaskRecord } from './task-record.js';
import type { TaskTables } from './task-tables.js';

/** What a page is asked for by, as `ReadModel.list` is. */
export interface PageRequest {
  filter: ListFilter;
  limit: number;
  cursor: ListCursor | undefined;
  include: readonly TaskInclude[];
  times: TimeForm;
  order: ListOrder;
}

/** Twice as many at most, about 10 MB. */
const CACHED_ITEMS_MAX = 10_000;

/** The lists as they are shown. */
export class TaskLists {
  /** Only the process that writes knows when an item changes. */
  private readonly items: TaskCache<ListedTask> | undefined;
  private readonly pages: AnswerCache<TaskPage> | undefined;
  private readonly counts: AnswerCache<TaskCount> | undefined;

  constructor(
    private readonly tables: TaskTables,
    private readonly pending: PendingTasks,
    private readonly documents: TaskDocuments,
    isWriter: boolean,
  ) {
    if (!isWriter) return;
    this.items = new TaskCache(CACHED_ITEMS_MAX);
    this.pages = new AnswerCache();
    this.counts = new AnswerCache();
  }

  /** A task's document changes. */
  changed(taskId: number): void {
    this.items?.forget(taskId);
    this.pages?.clear();
    this.counts?.clear();
  }

  /**
   * A page of a list, as `ReadModel.list`.
   *
   * @throws DamagedTaskError when a task that belongs to it is not what was written.
   * @throws DamagedStoreError when what leads to the tasks is not what was written.
   */
  page(request: PageRequest): TaskPage {
    if (this.pages === undefined) return this.read(request);
    const asked = JSON.stringify(request);
    return this.pages.get(asked) ?? this.pages.keep(asked, this.read(request));
  }

  /**
   * How many tasks such a list has, as `ReadModel.count`: by the places alone, without their tasks.
   *
   * @throws DamagedTaskError and DamagedStoreError as `page` does.
   */
  count(filter: ListFilter): TaskCount {
    if (this.counts === undefined) return this.countPlaces(filter);
    const asked = JSON.stringify(filter);
    return this.counts.get(asked) ?? this.counts.keep(asked, this.countPlaces(filter));
  }

  private countPlaces(filter: ListFilter): TaskCount {
    const query = taskQuery(filter, undefined, ORDER_DEFAULT, this.tables);
    const ahead = this.ahead(query);
    const places = placesToCount(query, this.tables);
    let count = 0;
    // One more than is said tells whether these are all.
    for (; ahead.head !== undefined && count <= COUNTED_TASKS_MAX; ahead.next()) count++;
    for (; places.head !== undefined && count <= COUNTED_TASKS_MAX; places.next()) {
      if (this.isPending(taskAt(places.head))) continue;
      // Few tasks are found by a key, and one that is damaged may have another.
      if (filter.key !== undefined) this.listed(places.head, query);
      count++;
    }
    places.close();
    const exact = count <= COUNTED_TASKS_MAX && places.stoppedAt === undefined;
    return { count: Math.min(count, COUNTED_TASKS_MAX), exact };
  }

  private read(request: PageRequest): TaskPage {
    const { filter, limit, cursor, include, times, order } = request;
    const after = cursor && placeAt(order, cursor);
    const query = taskQuery(filter, after, order, this.tables);
    const places = this.places(query);
    const shown: Place[] = [];
    for (; places.head !== undefined && shown.length < limit; places.next()) shown.push(places.head);
    const last = places.head === undefined ? places.stoppedAt : shown.at(-1);
    places.close();
    const isPlain = include.length === 0 && times === undefined;
    const items = shown.map((place) =>
      isPlain ? this.listed(place, query).itemJson : this.itemWith(place, query, request),
    );
    if (last === undefined) return { items };
    return { items, next: cursorAt(order, last) };
  }

  /** Where the tasks of a list stand, in its order. */
  places(query: TaskQuery): ShownPlaces {
    return new ShownPlaces(storedPlaces(query, this.tables), this.ahead(query), (taskId) =>
      this.isPending(taskId),
    );
  }

  /** Whether a task is shown ahead of the tables. */
  private isPending(taskId: number): boolean {
    return this.pending.get(taskId) !== undefined;
  }

  /** Where those stand that are shown ahead of the tables. They are in the order of a list by creation already. */
  private ahead(query: TaskQuery): PlaceStream {
    const { order, bounds } = query;
    const test = (task: TaskRecord): boolean =>
      passes(query, task) && this.tables.hasWords(query.filter, task);
    if (order === ORDER_DEFAULT) return this.pending.places(test, bounds);
    const passing = this.pending.all().filter(({ record }) => test(record));
    return new GivenPlaces(
      passing.flatMap(({ record }) => placeIn(order, record) ?? []),
      bounds,
    );
  }

  private listed(place: Place, query: TaskQuery): ListedTask {
    const cached = this.items?.get(taskAt(place));
    if (cached !== undefined) return this.held(cached, place, query);
    const { parts: _, ...listed } = this.record(place, query);
    this.items?.keep(taskAt(place), listed);
    return listed;
  }

  private itemWith(place: Place, query: TaskQuery, { include, times }: PageRequest): string {
    const record = this.record(place, query);
    const item = itemInTimes(record.itemJson, record.extras, times);
    return withIncludes(item, include, this.included(record), times);
  }

  private record(place: Place, query: TaskQuery): TaskRecord {
    const record = this.documents.record(taskAt(place));
    // It has been lost, or stands under another id.
    if (record === undefined) throw this.documents.isDamaged(taskAt(place));
    return this.held(record, place, query);
  }

  /** Holds a task against the place and the query that led to it. */
  private held<Task extends ListedTask>(task: Task, place: Place, query: TaskQuery): Task {
    if (placeIn(query.order, task)?.second !== place.second || !passes(query, task))
      throw new DamagedStoreError(`an index entry leads to task ${task.taskId}, which is another one`);
    return task;
  }

  /** What further members of its item are made of. */
  included(record: TaskRecord): IncludedParts {
    const part = (number: number): string => this.documents.part(record, number);
    const { key, extras } = record;
    return {
      key,
      extras,
      // Each is read only when it is looked at.
      get paramsJson() {
        return part(0);
      },
      get resultJson() {
        return part(1);
      },
      get errorMessageJson() {
        return part(2);
      },
    };
  }
}
