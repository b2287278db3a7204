import { heardAtOf } from '../../../shared/core/application/heard-at.js';
import { openEvent } from '../../../shared/core/application/stored-event.js';
import { taskStream } from '../../../shared/core/application/streams.js';
import { CorruptStoreError } from '../../../shared/core/contracts/errors.js';
import type { LOOKED_UP_INCLUDES } from '../../../shared/core/contracts/task-fields.js';
import { shownTimeJson, timeJson, timeOf, type TimeForm } from '../../../shared/core/contracts/time.js';
import { UnknownEventTypeError } from '../../../shared/core/domain/events.js';
import type { ListCursor, ReadModel, TaskDocument } from '../../../shared/core/ports/read-model.js';
import { Semaphore } from '../../../shared/kit/semaphore.js';
import type { HeardTasks } from '../events/heard-tasks.js';
import { checkedEvents, type CheckedReads } from './checked-events.js';

/** What the last sign of life of a task is looked up in: the ledger, for its events, and the heartbeats that were heard. */
export interface HeardReads extends CheckedReads {
  heard: Pick<HeardTasks, 'lastMs'>;
}

/** A task that runs, and whose publisher has promised to be heard of. */
interface PromisedTask {
  id: number;
  key: string | null;
}

const HEARD_AT = 'heard_at' satisfies (typeof LOOKED_UP_INCLUDES)[number];

/** How many tasks are looked up in the ledger at a time, whoever asks. */
const turns = new Semaphore(32);

/**
 * A detail, with when something was heard of its task last at its end.
 *
 * @param includes What is asked for; other names are passed over.
 */
export async function withHeardAt(
  taskJson: string,
  includes: readonly string[],
  reads: HeardReads,
  { taskId: id, key, status, extras }: Pick<TaskDocument, 'taskId' | 'key' | 'status' | 'extras'>,
  times: TimeForm,
): Promise<string> {
  if (!includes.includes(HEARD_AT)) return taskJson;
  const isPromised = status === 'running' && extras.traits.heartbeat_s !== undefined;
  return withTime(taskJson, isPromised ? await lastHeard(reads, { id, key }) : undefined, times);
}

/**
 * The items of a list, each with when something was heard of its task last at its end.
 *
 * @param items As `TaskPage` has them.
 * @param lists What knows which of them have promised it.
 */
export async function itemsWithHeardAt(
  items: readonly string[],
  reads: HeardReads,
  lists: Pick<ReadModel, 'list'>,
  times: TimeForm,
): Promise<string[]> {
  const running = items.map(shownTask).filter(({ status }) => status === 'running');
  const ids = running.map(({ id }) => id);
  const promised = ids.length === 0 ? [] : await promisedOf(lists, ids);
  const heard = new Map(
    await Promise.all(promised.map(async (task) => [task.id, await lastHeard(reads, task)] as const)),
  );
  return items.map((item) => withTime(item, heard.get(shownTask(item).id), times));
}

/** What a list item begins with. The rest of it can be large, and is not looked at. */
function shownTask(itemJson: string): { id: number; status: string } {
  return JSON.parse(`${itemJson.slice(0, itemJson.indexOf(',"progress":'))}}`) as ReturnType<
    typeof shownTask
  >;
}

/** Those that have promised it, out of some that run. */
async function promisedOf(
  lists: Pick<ReadModel, 'list'>,
  taskIds: readonly number[],
): Promise<PromisedTask[]> {
  const promised: PromisedTask[] = [];
  let cursor: ListCursor | undefined;
  do {
    const page = await lists.list({ taskIds }, taskIds.length, cursor, ['key', 'heartbeat_s']);
    for (const item of page.items) {
      const task = JSON.parse(item) as PromisedTask & { heartbeat_s: number | null };
      if (task.heartbeat_s !== null) promised.push(task);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return promised;
}

/** In milliseconds since 1970; `undefined` where it is not known. */
async function lastHeard(reads: HeardReads, { id, key }: PromisedTask): Promise<number | undefined> {
  const atMs = await turns.run(1, () => lastEventMs(reads, id));
  // Asked for after that, so that a heartbeat is not missed that comes meanwhile.
  const beatMs = reads.heard.lastMs(key === null ? [`${id}`] : [`${id}`, key]);
  return beatMs === undefined ? atMs : Math.max(beatMs, atMs ?? -Infinity);
}

/** By its last event; `undefined` where that does not verify, or can't be read. */
async function lastEventMs(reads: CheckedReads, taskId: number): Promise<number | undefined> {
  const last = { direction: 'backwards', limit: 1 } as const;
  for await (const { event, fault } of checkedEvents(reads, taskStream(taskId), last)) {
    if (fault !== undefined) return undefined;
    try {
      const atMs = Date.parse(heardAtOf(openEvent(event), event) ?? '');
      return Number.isNaN(atMs) ? undefined : atMs;
    } catch (error) {
      if (error instanceof CorruptStoreError || error instanceof UnknownEventTypeError) return undefined;
      throw error;
    }
  }
  return undefined;
}

function withTime(json: string, atMs: number | undefined, times: TimeForm): string {
  const time = shownTimeJson(timeJson(atMs === undefined ? null : timeOf(atMs)), times);
  return `${json.slice(0, -1)},"${HEARD_AT}":${time}}`;
}
