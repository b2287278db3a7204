import { Buffer } from 'node:buffer';
import type { TaskEvent, TaskEventType } from './task-event.js';
import { TaskLane } from './task-lane.js';

/** What a journal still holds. */
export interface JournalContent {
  /** The events that were handed over and not done, in their order. */
  events: { lane: TaskLane; event: TaskEvent }[];
  /** How many lines could not be read. A last line without its end was never acknowledged and is none of them. */
  damagedLines: number;
}

/**
 * Reads the texts of journals (see `EventJournal`). One that was being taken up when the process was killed is there in part
 * a second time; what stands in both is one.
 */
export function readJournals(texts: readonly string[]): JournalContent {
  const lanes = new Map<string, TaskLane>();
  const events = new Map<string, { lane: TaskLane; event: TaskEvent }>();
  let damagedLines = 0;
  for (const line of texts.flatMap((text) => text.split('\n').slice(0, -1))) {
    const read = parse(line);
    if (read === undefined) damagedLines++;
    else if ('done' in read) events.delete(read.done);
    else {
      const lane = lanes.get(read.lane) ?? new TaskLane(read.lane);
      lanes.set(read.lane, lane);
      lane.taskId ??= read.task_id;
      if (read.event !== undefined && !events.has(read.event.id))
        events.set(read.event.id, { lane, event: taskEventOf(read.event) });
    }
  }
  return { events: [...events.values()], damagedLines };
}

type Line =
  { done: string } | { lane: string; task_id?: number; event?: { id: string; type: TaskEventType } };

function parse(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Record<string, unknown> | null;
    if (typeof value?.done === 'string') return value as { done: string };
    const event = value?.event as { id?: unknown; type?: unknown } | undefined;
    const isEvent = event === undefined || (typeof event.id === 'string' && typeof event.type === 'string');
    return typeof value?.lane === 'string' && isEvent ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

/** The same text again: JSON that was made by `JSON.stringify` comes out of a round trip as it was. */
function taskEventOf(event: { id: string; type: TaskEventType }): TaskEvent {
  const text = JSON.stringify(event);
  return { id: event.id, type: event.type, text, bytes: Buffer.byteLength(text) };
}
