import { itemInTimes, withIncludes } from '../../../core/contracts/task-json.js';
import { TASK_STATUSES, type TaskStatus } from '../../../core/domain/task.js';
import { ORDER_DEFAULT } from '../../../core/ports/list-order.js';
import type { TaskPage } from '../../../core/ports/read-model.js';
import {
  pastDocument,
  matchesWords,
  type PastListRequest,
  type TaskState,
} from '../../../core/ports/task-versions.js';
import { DamagedStoreError } from '../read-model/damage.js';
import { cursorAt, placeAt, placeIn } from '../read-model/order-places.js';
import type { Place } from '../read-model/place.js';
import { taskAt } from '../read-model/place-stream.js';
import { RECORD_STEPS, SiftedPlaces } from '../read-model/sifted-places.js';
import type { TaskDocuments } from '../read-model/task-documents.js';
import type { TaskLists } from '../read-model/task-lists.js';
import { passes, taskQuery, type TaskQuery } from '../read-model/task-query.js';
import type { TaskRecord } from '../read-model/task-record.js';
import type { TaskTables } from '../read-model/task-tables.js';
import { pastPlaces } from './past-places.js';
import type { VersionTables } from './version-tables.js';

/** A task's record as it was at the position that is asked about; `undefined` where it was not there yet. */
export type FindVersion = (taskId: number) => TaskRecord | undefined;

/** The lists as they were. */
export class PastLists {
  constructor(
    private readonly tables: TaskTables,
    private readonly documents: TaskDocuments,
    private readonly lists: TaskLists,
    private readonly versions: VersionTables,
  ) {}

  /** A page of the list at a position, as `TaskVersions.list`. */
  page(position: string, request: PastListRequest, find: FindVersion): TaskPage {
    const { shown, next } = this.walk(position, request, find);
    const items = shown.map((version) => this.item(version, request));
    return { items, ...(next && { next }) };
  }

  /** The versions on a page, and where the next one begins. */
  walk(
    position: string,
    { filter, limit, cursor, order = ORDER_DEFAULT }: PastListRequest,
    find: FindVersion,
  ): Pick<TaskPage, 'next'> & { shown: TaskRecord[] } {
    const after = cursor && placeAt(order, cursor);
    const candidates = pastPlaces({ position, filter, order, after }, this.lists, this.tables, this.versions);
    const query = taskQuery(filter, undefined, order, this.tables);
    let found: TaskRecord | undefined;
    const wasThere = (place: Place): boolean => {
      const version = find(taskAt(place));
      if (version === undefined || !this.wasListed(query, version)) return false;
      const was = placeIn(order, version);
      // In a list by the end it has no place as long as it had not ended, whatever it is now.
      if (was === undefined) return false;
      if (was.second !== place.second)
        throw new DamagedStoreError(`an index entry leads to task ${version.taskId}, which is another one`);
      found = version;
      return true;
    };
    const places = new SiftedPlaces(candidates, [{ passes: wasThere, steps: RECORD_STEPS }]);
    const shown: TaskRecord[] = [];
    let last: Place | undefined;
    for (; places.head !== undefined && shown.length < limit; places.next()) {
      shown.push(found as TaskRecord);
      last = places.head;
    }
    if (places.head === undefined) last = places.stoppedAt;
    places.close();
    return last === undefined ? { shown } : { shown, next: cursorAt(order, last) };
  }

  /** What is kept of a version, in the words of the port. */
  state(version: TaskRecord): TaskState {
    const { taskId, revision, projectId, createdSecond, key, itemJson, extras } = version;
    return {
      ...{ taskId, revision, projectId, createdSecond, key, itemJson, extras },
      taskType: this.tables.types.name(version.taskType),
      status: TASK_STATUSES[version.status] as TaskStatus,
    };
  }

  private wasListed(query: TaskQuery, version: TaskRecord): boolean {
    if (!passes(query, version)) return false;
    const { words = [], errorWords = [] } = query.filter;
    if (words.length + errorWords.length === 0) return true;
    return matchesWords(query.filter, this.state(version), () => this.large(version).errorMessageJson);
  }

  private item(version: TaskRecord, { include = [], times }: PastListRequest): string {
    const item = itemInTimes(version.itemJson, version.extras, times);
    if (include.length === 0) return item;
    return withIncludes(
      item,
      include,
      pastDocument(this.state(version), () => this.large(version)),
      times,
    );
  }

  /** The large parts of the task as it is. */
  private large({ taskId }: TaskRecord) {
    const record = this.documents.record(taskId);
    if (record === undefined) throw this.documents.isDamaged(taskId);
    return this.lists.included(record);
  }
}
