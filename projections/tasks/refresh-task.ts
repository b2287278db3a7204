import type { EventStore } from '../../shared/ports/event-store.js';
import type { ReadModel, TaskChange } from '../../shared/ports/read-model.js';
import { taskStream } from '../../shared/application/streams.js';
import { tasksProjection } from './tasks-projection.js';

const BATCH_EVENTS_MAX = 1000;

/**
 * Brings one task's document to the end of its stream without waiting for the projector: reads what the document lacks,
 * and writes it under the same guard. Stops before an event that can't be projected, which the projector parks.
 *
 * @throws UnavailableError when the ledger or the read model is away.
 */
export async function refreshTask(store: EventStore, readModel: ReadModel, taskId: number): Promise<void> {
  const document = await readModel.get(taskId);
  const fromRevision = document === undefined ? 0 : document.revision + 1;
  let changes: TaskChange[] = [];
  for await (const event of store.readStream(taskStream(taskId), { fromRevision })) {
    try {
      changes.push(tasksProjection.project(event));
    } catch {
      break;
    }
    if (changes.length === BATCH_EVENTS_MAX) changes = tasksProjection.merge(changes);
  }
  if (changes.length > 0) await readModel.apply(tasksProjection.merge(changes));
}
