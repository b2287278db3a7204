import type { TaskEventFacts, TaskEventType } from './events.js';
import type { JsonObject } from './json.js';
import type { WatchdogCommand } from './silence.js';
import type { EventOrigin } from './task.js';

/**
 * What somebody asks the ledger to record. All but `CancelTask` are reports of what happened elsewhere; `CancelTask`
 * is the switch: it asks for something to happen, so a second one is told that it came too late.
 */
export type TaskCommand =
  /** `params` is `{}` when there are none. */
  | { type: 'CreateTask'; facts: TaskEventFacts['TaskCreated'] & { params: JsonObject } }
  | { type: 'StartTask'; facts: TaskEventFacts['TaskStarted'] }
  | { type: 'ReportProgress'; facts: TaskEventFacts['TaskProgressed'] }
  | { type: 'FailAttempt'; facts: TaskEventFacts['TaskAttemptFailed'] }
  | { type: 'CompleteTask'; facts: TaskEventFacts['TaskCompleted'] }
  | { type: 'FailTask'; facts: TaskEventFacts['TaskFailed'] }
  | { type: 'ReportCancelled'; facts: TaskEventFacts['TaskCancelled'] }
  | { type: 'CancelTask'; facts: TaskEventFacts['TaskCancelled'] }
  | WatchdogCommand;

/** What has happened when a command is accepted. */
export const HAPPENED = {
  CreateTask: 'TaskCreated',
  StartTask: 'TaskStarted',
  ReportProgress: 'TaskProgressed',
  FailAttempt: 'TaskAttemptFailed',
  CompleteTask: 'TaskCompleted',
  FailTask: 'TaskFailed',
  ReportCancelled: 'TaskCancelled',
  CancelTask: 'TaskCancelled',
  DeclareSilent: 'TaskWentSilent',
  DeclareHeard: 'TaskHeardAgain',
  FailSilent: 'TaskFailed',
} as const satisfies Record<TaskCommand['type'], TaskEventType>;

/** What `decide` cannot know by itself: identity and time arrive from outside. */
export interface DecideMeta {
  namespace: string;
  taskId: number;
  origin: EventOrigin;
  /** The effective time, RFC 3339 with `Z` and milliseconds. */
  at: string;
}
