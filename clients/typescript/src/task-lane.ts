import type { TaskEventType } from './task-event.js';
import type { EventOutcome } from './types.js';

/** One task as the buffer sees it: its events go out in their order, the later ones once its id is known. */
export class TaskLane {
  /** The task's id, once Taskledger has said it. */
  taskId: number | undefined;
  /** Why the task could not be created. */
  refusal: EventOutcome | undefined;
  /** Since when, how often, and until when its events are held back while those of others go out. */
  failedSinceMs: number | undefined;
  failures = 0;
  notBeforeMs = 0;
  /** Is told of a refused event whose outcome nobody waits for any more. */
  onRejected: (type: TaskEventType, outcome: EventOutcome) => void = () => {};
  readonly #waiting: ((taskId: number) => void)[] = [];

  /** @param name Unique: the id of the event that creates the task, or of its first one here. */
  constructor(
    readonly name: string,
    taskId?: number,
  ) {
    this.taskId = taskId;
  }

  /** Taskledger has said the task's id. */
  became(taskId: number): void {
    this.taskId = taskId;
    for (const told of this.#waiting.splice(0)) told(taskId);
  }

  /** Calls `told` with the task's id, at once or when it is known. */
  whenKnown(told: (taskId: number) => void): void {
    if (this.taskId === undefined) this.#waiting.push(told);
    else told(this.taskId);
  }
}
