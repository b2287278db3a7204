import { taskStream } from '../../shared/core/application/streams.js';
import type { EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import {
  DamagedTaskError,
  type LedgerMark,
  type ReadModel,
  type TaskChange,
} from '../../shared/core/ports/read-model.js';
import { tasksProjection } from './tasks-projection.js';

const BATCH_EVENTS_MAX = 1000;

/**
 * Brings one task's document to the end of its stream without waiting for the projector: reads what the document lacks, all
 * of it when the document is damaged, and writes it under the same guard. Stops before an event that can't be projected,
 * which the projector parks.
 *
 * @returns Whether there was anything to be written.
 * @throws UnavailableError when the ledger or the read model is unavailable.
 */
export async function refreshTask(
  store: Pick<EventStore, 'readStream' | 'identity' | 'fingerprintAt'>,
  readModel: Pick<ReadModel, 'get' | 'apply'>,
  taskId: number,
): Promise<boolean> {
  let changes: TaskChange[] = [];
  let last: RecordedEvent | undefined;
  const fromRevision = (await revisionOf(readModel, taskId)) + 1;
  for await (const event of store.readStream(taskStream(taskId), { fromRevision })) {
    try {
      changes.push(tasksProjection.project(event));
    } catch {
      break;
    }
    last = event;
    if (changes.length === BATCH_EVENTS_MAX) changes = tasksProjection.merge(changes);
  }
  if (last === undefined) return false;
  await readModel.apply(tasksProjection.merge(changes), undefined, await markOf(store, last));
  return true;
}

/** The revision that a task's document is at, -1 when there is none that could be built on. */
async function revisionOf(readModel: Pick<ReadModel, 'get'>, taskId: number): Promise<number> {
  try {
    return (await readModel.get(taskId))?.revision ?? -1;
  } catch (error) {
    if (error instanceof DamagedTaskError) return -1;
    throw error;
  }
}

async function markOf(
  store: Pick<EventStore, 'identity' | 'fingerprintAt'>,
  { position }: RecordedEvent,
): Promise<LedgerMark> {
  const ledgerId = await store.identity();
  if (ledgerId === undefined) return { position };
  const fingerprint = await store.fingerprintAt(position);
  return { position, ledgerId, ...(fingerprint !== undefined && { fingerprint }) };
}
