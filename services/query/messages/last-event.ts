import { taskStream } from '../../../shared/core/application/streams.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import type { QueryDeps } from '../query-deps.js';

/** The last event of a task; `undefined` when there is no such task. */
export async function lastEvent(
  taskId: number,
  ledger: Pick<QueryDeps['eventStore'], 'readStream'>,
): Promise<RecordedEvent | undefined> {
  const last = { direction: 'backwards', limit: 1 } as const;
  for await (const event of ledger.readStream(taskStream(taskId), last)) return event;
  return undefined;
}
