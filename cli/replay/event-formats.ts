import { feedMessage, unreadableMessage } from '../../projections/feed/feed-message.js';
import { historyEntryJson } from '../../services/query/tasks/history-entry.js';
import { openEvent } from '../../shared/core/application/stored-event.js';
import { taskIdOfStream } from '../../shared/core/application/streams.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { printable } from '../client/printable.js';
import { progressText } from '../client/shown-task.js';
import { Table, type Cell, type Column } from '../client/table.js';

/** Shows events, one after the other, each as some lines. @param prev The hash of the event before it in its stream. */
type ShowEvent = (event: RecordedEvent, prev: string) => string[];

/** How events can be printed, each begun by itself. */
export const EVENT_FORMATS = {
  table: showRows,
  /** As a history has them, with the task's id. */
  ndjson: () => (event, prev) => {
    const taskId = taskIdOfStream(event.stream);
    return [printable(`{"task_id":${taskId},${historyEntryJson(event, prev).slice(1)}`)];
  },
  /** As the feed has them. */
  cloudevents: () => (event) => [printable(cloudEvent(event))],
} as const satisfies Record<string, () => ShowEvent>;

/** One of them. */
export type EventFormat = keyof typeof EVENT_FORMATS;

const COLUMNS: readonly Column[] = [
  { title: 'RECORDED (UTC)' },
  { title: 'POSITION' },
  { title: 'TASK', align: 'right' },
  { title: 'EVENT' },
  { title: 'STATUS' },
  { title: 'PROGRESS', align: 'right' },
  { title: 'PROJECT', align: 'right' },
  { title: 'TYPE' },
  { title: 'KEY' },
];

/** The widest of what every ledger has, so that the columns stay where they are from the first event on. */
const WIDEST: readonly Cell[] = ['2025-03-12 10:00:00.000', '', '', 'TaskAttemptFailed', 'completed'].map(
  (text) => ({ text }),
);

function showRows(): ShowEvent {
  const table = new Table(COLUMNS);
  let begun = false;
  return (event) => {
    const head = begun ? [] : [table.head([WIDEST, rowOf(event)])];
    begun = true;
    return [...head, ...table.lines([rowOf(event)])];
  };
}

function rowOf(event: RecordedEvent): Cell[] {
  const { position, type, stream, metadata } = event;
  const recordedAt = (metadata.recorded_at ?? '').replace('T', ' ').replace('Z', '');
  const place = [recordedAt, position, String(taskIdOfStream(stream)), type];
  return [...place, ...stateTexts(event)].map((text) => ({ text: printable(text) }));
}

/** Nothing of an event that this version can't read. */
function stateTexts(event: RecordedEvent): string[] {
  try {
    const { status, progress, total, project_id, task_type, key } = openEvent(event).after;
    return [status, progressText({ progress, total }), String(project_id), task_type, key ?? ''];
  } catch {
    return [];
  }
}

function cloudEvent(event: RecordedEvent): string {
  try {
    return feedMessage(event).body;
  } catch (error) {
    return unreadableMessage(event, (error as Error).message).body;
  }
}
