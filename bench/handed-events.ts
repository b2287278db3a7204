import type { NewEvent, StreamAppend } from '../shared/core/ports/event-store.js';
import { CommandSide } from '../test/support/command-side.js';
import { MemoryEventStore } from '../test/support/memory-event-store.js';
import { CHANGES_PER_TASK, lifeBatches } from './lives.js';

/** What the ledger is handed for one event of a task: its own, and with a creation the reservation of its key. */
export interface HandedEvent {
  /** The task's event. */
  event: NewEvent;
  /** Which of the task's changes it is, from 0. */
  change: number;
  /** The bytes of all that is written for it, each record for itself: its stream's name, revision, id, type and texts. */
  records: Buffer[];
}

/** Events as the ledger is handed them for the lives of some tasks, in the order in which they are published. */
export async function handedEvents(tasks = 100): Promise<HandedEvent[]> {
  const store = new MemoryEventStore();
  const appends: StreamAppend[] = [];
  store.beforeAppend = (append) => void appends.push(append);
  const side = new CommandSide(store);
  const handed: HandedEvent[] = [];
  for (const [change, batch] of lifeBatches(tasks).entries()) {
    for (const published of JSON.parse(batch) as unknown[]) {
      appends.length = 0;
      const { outcome, message } = await side.one(published);
      if (outcome !== 'accepted') throw new Error(`An event was not accepted: ${message}`);
      handed.push({ ...handedOf(appends), change });
    }
  }
  if (handed.length !== tasks * CHANGES_PER_TASK) throw new Error('Not every event was handed to the ledger');
  return handed;
}

/** Reservations of blocks of ids are left out: there are few of them. */
function handedOf(appends: readonly StreamAppend[]): Pick<HandedEvent, 'event' | 'records'> {
  const own = appends.filter(({ stream }) => stream !== 'taskIds');
  const event = own.find(({ stream }) => stream.startsWith('task-'))?.events[0];
  if (event === undefined) throw new Error('The ledger was handed no event of the task');
  return { event, records: own.flatMap((append) => append.events.map((one) => recordOf(append, one))) };
}

function recordOf({ stream, expectedRevision }: StreamAppend, event: NewEvent): Buffer {
  const revision = expectedRevision === 'no_stream' ? 0 : expectedRevision + 1;
  return Buffer.from([stream, revision, event.id, event.type, event.data, event.metadata].join('\n'));
}
