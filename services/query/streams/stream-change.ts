import { stateAfter } from '../../../shared/core/application/stored-event.js';
import { taskExtras, type StreamInclude } from '../../../shared/core/contracts/task-fields.js';
import { itemInTimes, taskItemJson, withIncludes } from '../../../shared/core/contracts/task-json.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { statusBefore, type TaskSnapshot, type TaskStatus } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { markedPlace, markOf } from './place-mark.js';

/** What one event of the ledger changed. It is turned into text once, when the first stream shows it. */
export class StreamChange {
  /** The newest change of the same task among those that it is kept with. All changes of a task share this object. */
  newest: { change: StreamChange } = { change: this };
  private text: string | undefined;

  /**
   * @param statusBefore The state that the task was in before; `undefined` when there was no task.
   */
  private constructor(
    readonly position: string,
    readonly after: TaskSnapshot,
    readonly statusBefore: TaskStatus | undefined,
    /** The event's, as it is stored. */
    readonly type: string,
    /** The position, marked as that of this event. */
    readonly id: string,
  ) {}

  /**
   * The change that an event makes.
   *
   * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
   */
  static of(recorded: RecordedEvent): StreamChange {
    const after = stateAfter(recorded);
    const { position, revision, type } = recorded;
    const id = markedPlace(position, markOf(recorded));
    return new StreamChange(position, after, statusBefore(after, revision), type, id);
  }

  /** How many characters it has as text, about. */
  get characters(): number {
    const { key, task_type, labels, parent, retry_of, worker, error_type } = this.after;
    let characters = OTHER_CHARACTERS + task_type.length;
    for (const text of [key, parent, retry_of, worker, error_type]) characters += text?.length ?? 0;
    for (const name in labels) characters += name.length + (labels[name] as string).length;
    return characters;
  }

  /** The list item with some more members, as JSON. */
  itemJson(include: readonly StreamInclude[], times?: TimeForm): string {
    this.text ??= taskItemJson(this.after);
    if (include.length === 0 && times === undefined) return this.text;
    const extras = taskExtras(this.after);
    const item = itemInTimes(this.text, extras, times);
    return withIncludes(item, include, { key: this.after.key, extras }, times);
  }
}

/** What a change has beside the names that its publisher chose. */
const OTHER_CHARACTERS = 200;

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

  /** The newest change of a task; `undefined` when none is kept. */
  of(taskId: number): StreamChange | undefined {
    return this.ofTask.get(taskId)?.change;
  }

  /** Forgets a change that is not kept any longer. */
  remove(change: StreamChange): void {
    if (change.newest.change === change) this.ofTask.delete(change.after.task_id);
  }
}
