import type { EventOutcome, TaskStatus } from './types.js';

/** The way to Taskledger for what a worker publishes: HTTP or NATS. */
export interface Transport {
  /**
   * Sends events once, in their order, and answers their outcomes.
   *
   * @param texts 1 to `BATCH_EVENTS_MAX` events as JSON, at most `BATCH_BYTES_MAX` together or one alone.
   * @throws TaskledgerUnavailableError when which events took effect is unknown; they may be sent again.
   * @throws TaskledgerRefusedError when the request as a whole was refused for what is in it.
   */
  send(texts: readonly string[]): Promise<EventOutcome[]>;
  /**
   * Cancels a pending or running task. A repeat with the same `commandId` gets the first answer.
   *
   * @throws TaskledgerUnavailableError, TaskledgerRefusedError
   */
  cancel(command: CancelCommand): Promise<void>;
  /** Calls `onCancelled` once the task is known to be cancelled. Answers how to stop watching. */
  watchCancel(taskId: number, onCancelled: (cancel: CancelFacts) => void): () => void;
  /** What is known of the cancel of a task that was cancelled. Never throws. */
  cancelOf(taskId: number): Promise<CancelFacts>;
  /**
   * The status that a task has now; `undefined` when it is not known. Is asked for after an event was refused, which may be
   * because of a cancel.
   *
   * @throws TaskledgerUnavailableError, TaskledgerRefusedError
   */
  statusOf(taskId: number): Promise<TaskStatus | undefined>;
  /** Lets go of every connection. */
  close(): Promise<void>;
}

/** Why a task was cancelled, and by whom, as far as that is known. */
export interface CancelFacts {
  reason?: string | undefined;
  actor?: string | undefined;
}

/** A wish to cancel a task. */
export interface CancelCommand {
  taskId: number;
  commandId: string;
  reason?: string | undefined;
  /** Who wants it; recorded as said. */
  actor?: string | undefined;
}

/** An outcome as it is on the wire, over HTTP and NATS alike. */
export interface WireOutcome {
  event_id: string | null;
  outcome: 'accepted' | 'duplicate' | 'rejected' | 'unavailable';
  task_id: number | null;
  code: number;
  reason: string;
  message: string;
  position: string | null;
}

/** An outcome as the client shows it. */
export function outcomeOf({ event_id: eventId, task_id: taskId, ...same }: WireOutcome): EventOutcome {
  return { eventId, taskId, ...same };
}
