import { openEvent } from '../../../shared/core/application/stored-event.js';
import { taskChange } from '../../../shared/core/application/task-change.js';
import { taskStream } from '../../../shared/core/application/streams.js';
import type { EventStore, RecordedEvent } from '../../../shared/core/ports/event-store.js';
import type { TaskDocument } from '../../../shared/core/ports/read-model.js';
import { pastDocument } from '../../../shared/core/ports/task-versions.js';
import type { QueryDeps } from '../query-deps.js';
import type { PastMoment } from './past-moments.js';

type Reads = Pick<EventStore, 'readStream'>;

/** A task as it was at a moment; `undefined` where it was not there yet. Out of the ledger where versions are not kept any more. */
export async function pastTask(
  {
    eventStore,
    versions,
    readModel,
    refreshTask,
  }: Pick<QueryDeps, 'eventStore' | 'versions' | 'readModel' | 'refreshTask'>,
  taskId: number,
  { position, time, isKept }: PastMoment,
): Promise<TaskDocument | undefined> {
  if (!isKept) {
    // Where nothing is kept no position is known of a time; a stream's events are recorded in the order of both.
    const isBy = (event: RecordedEvent): boolean =>
      time === undefined ? event.position <= position : (event.metadata.recorded_at ?? '') <= time;
    return fromLedger(eventStore, taskId, isBy);
  }
  const state = (await versions.statesAt([taskId], position)).get(taskId);
  if (state === undefined) return undefined;
  let now = await readModel.get(taskId);
  if (now === undefined) {
    await refreshTask(taskId);
    now = await readModel.get(taskId);
  }
  const parts = now;
  return parts && pastDocument(state, () => parts);
}

/** Looks for the task's last event of the moment, halving the stream again and again: each event has the state after it. */
async function fromLedger(
  eventStore: Reads,
  taskId: number,
  isBy: (event: RecordedEvent) => boolean,
): Promise<TaskDocument | undefined> {
  const stream = taskStream(taskId);
  const last = await eventAt(eventStore, stream);
  const first = await eventAt(eventStore, stream, 0);
  if (last === undefined || first === undefined || !isBy(first)) return undefined;
  let found = first;
  let [low, high] = [0, last.revision];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const event = await eventAt(eventStore, stream, middle);
    if (event !== undefined && isBy(event)) {
      found = event;
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return documentAfter(first, found);
}

/** The event at a revision, or the last one. */
async function eventAt(
  eventStore: Reads,
  stream: string,
  fromRevision?: number,
): Promise<RecordedEvent | undefined> {
  const options =
    fromRevision === undefined ? { direction: 'backwards' as const, limit: 1 } : { fromRevision, limit: 1 };
  for await (const event of eventStore.readStream(stream, options)) return event;
  return undefined;
}

/** As the lists make it of each event; the large parts come with the first and the last. */
function documentAfter(first: RecordedEvent, last: RecordedEvent): TaskDocument {
  const empty = { paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };
  const creation = taskChange(openEvent(first), first.revision);
  return { ...empty, ...creation, ...taskChange(openEvent(last), last.revision) };
}
