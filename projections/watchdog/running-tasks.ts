import { setTimeout as delay } from 'node:timers/promises';
import { heardAtOf } from '../../shared/core/application/heard-at.js';
import { openEvent } from '../../shared/core/application/stored-event.js';
import { taskStream } from '../../shared/core/application/streams.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { TaskEvent } from '../../shared/core/domain/events.js';
import type { EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import type { ListCursor, ReadModel } from '../../shared/core/ports/read-model.js';
import type { SeenEvent } from './watched-tasks.js';

const PAGE_TASKS = 1_000;

/** How many tasks are looked up in the ledger side by side. */
const READS_AT_ONCE = 32;

/** How often it is looked how far the lists have come. */
const LOOK_DELAY_MS = 50;

/** What finding running tasks works with. */
export interface RunningTasksDeps {
  store: Pick<EventStore, 'readStream'>;
  readModel: Pick<ReadModel, 'list'>;
  /** How far the lists have come. */
  lists: ProjectorStatus;
}

/**
 * The tasks that run, each as its last event in the ledger leaves it: those that were running at a position, and are still,
 * are all among them. The lists name them, so that not the whole ledger has to be read; what can't be read of them is left out.
 *
 * @param from A position that the lists are waited for to come to.
 * @throws UnavailableError when the signal fires, or an engine is unavailable.
 */
export async function* runningTasks(
  { store, readModel, lists }: RunningTasksDeps,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<SeenEvent> {
  while (!isAt(lists, from)) {
    await delay(LOOK_DELAY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new UnavailableError('The search for running tasks was stopped');
  }
  let cursor: ListCursor | undefined;
  do {
    const page = await readModel.list({ statuses: ['running'] }, PAGE_TASKS, cursor);
    const taskIds = page.items.map((item) => (JSON.parse(item) as { id: number }).id);
    for (let at = 0; at < taskIds.length && !signal.aborted; at += READS_AT_ONCE) {
      const found = taskIds.slice(at, at + READS_AT_ONCE).map((taskId) => lastEvent(store, taskId));
      for (const seen of await Promise.all(found)) if (seen !== undefined) yield seen;
    }
    cursor = page.next;
  } while (cursor !== undefined && !signal.aborted);
}

function isAt(lists: ProjectorStatus, from: string): boolean {
  const { caughtUp, rebuilding, position } = lists.status();
  return caughtUp && rebuilding !== true && position !== undefined && position >= from;
}

async function lastEvent(
  store: Pick<EventStore, 'readStream'>,
  taskId: number,
): Promise<SeenEvent | undefined> {
  for await (const event of store.readStream(taskStream(taskId), { direction: 'backwards', limit: 1 }))
    return seenIn(event);
  return undefined;
}

/** What an event says to the watchdog; `undefined` for one that this version can't read. */
export function seenIn(recorded: RecordedEvent): SeenEvent | undefined {
  let event: TaskEvent;
  try {
    event = openEvent(recorded);
  } catch {
    return undefined;
  }
  const heardAtMs = Date.parse(heardAtOf(event, recorded) ?? '');
  return { after: event.after, revision: recorded.revision, heardAtMs };
}
