import { openEvent } from '../../../shared/application/stored-event.js';
import { taskItemJson, timeJson } from '../../../shared/contracts/task-json.js';
import type { TaskSnapshot, TaskStatus } from '../../../shared/domain/task.js';
import type { RecordedEvent } from '../../../shared/ports/event-store.js';

/** What a stream shows of a task beside the list's fields when it is asked to, in the order in which it does. */
export const STREAM_INCLUDES = ['key', 'attempt', 'started_at', 'completed_at'] as const;

/** One of them. */
export type StreamInclude = (typeof STREAM_INCLUDES)[number];

/**
 * What one event of the ledger changed. It is turned into text once, in pieces of which every stream takes the ones that it
 * shows.
 */
export interface StreamChange {
  readonly position: string;
  readonly after: TaskSnapshot;
  /** The state that the task was in before; `undefined` when there was no task. */
  readonly statusBefore: TaskStatus | undefined;
  /** The list item, a JSON object without its closing brace. */
  readonly itemText: string;
  /** What may follow it: `,"attempt":1`. */
  readonly includeTexts: Readonly<Record<StreamInclude, string>>;
  /** How many characters its texts have. */
  readonly characters: number;
  /** The newest change of the same task among those that it is kept with. All changes of a task share this object. */
  newest: { change: StreamChange };
}

/**
 * The change that an event makes. Pure.
 *
 * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
 */
export function streamChange(recorded: RecordedEvent): StreamChange {
  const { after } = openEvent(recorded);
  const itemText = taskItemJson(after).slice(0, -1);
  const includeTexts = {
    key: `,"key":${JSON.stringify(after.key)}`,
    attempt: `,"attempt":${after.attempt}`,
    started_at: `,"started_at":${timeJson(after.started_at)}`,
    completed_at: `,"completed_at":${timeJson(after.completed_at)}`,
  };
  const characters = Object.values(includeTexts).reduce((sum, { length }) => sum + length, itemText.length);
  const { position, revision } = recorded;
  const change = {
    position,
    after,
    statusBefore: statusBefore(revision),
    itemText,
    includeTexts,
    characters,
  };
  const linked = change as StreamChange;
  linked.newest = { change: linked };
  return linked;
}

/** Only its creation leaves a task pending, and nothing follows a final state; so the revision says what was before. */
function statusBefore(revision: number): TaskStatus | undefined {
  if (revision === 0) return undefined;
  return revision === 1 ? 'pending' : 'running';
}

/** Knows the newest change of each task among the changes that are kept together. */
export class NewestChanges {
  private readonly ofTask = new Map<number, { change: StreamChange }>();

  add(change: StreamChange): void {
    const { task_id } = change.after;
    const newest = this.ofTask.get(task_id);
    if (newest === undefined) {
      this.ofTask.set(task_id, change.newest);
    } else {
      newest.change = change;
      change.newest = newest;
    }
  }

  /** Forgets a change that is not kept any longer. */
  remove(change: StreamChange): void {
    if (change.newest.change === change) this.ofTask.delete(change.after.task_id);
  }
}
