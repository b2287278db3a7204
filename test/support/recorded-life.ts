import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { CommandSide, created, lifecycleEvent } from './command-side.js';
import { MemoryEventStore } from './memory-event-store.js';

/** The task events of some tasks' lives, as the ledger records them: five for each task, interleaved. */
export async function recordedLives(tasks: number): Promise<RecordedEvent[]> {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  const keys = Array.from({ length: tasks }, (_, task) => `life/${task}`);
  await side.ingest(...keys.map((key, task) => created(key, {}, { project_id: 1 + (task % 3) })));
  await side.ingest(...keys.map((key) => lifecycleEvent('started', key)));
  await side.ingest(
    ...keys.map((key) => lifecycleEvent('progressed', key, { progress: 7, message: 'seven' })),
  );
  await side.ingest(...keys.map((key) => lifecycleEvent('progressed', key, { progress: 50 })));
  await side.ingest(...keys.map((key) => lifecycleEvent('cancelled', key, { reason: 'enough' })));
  return store.events.filter(({ stream }) => stream.startsWith('task-'));
}
