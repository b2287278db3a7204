// Made by `npm run wire-types` from the description of the API; not to be changed by hand.

/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [member: string]: JsonValue | undefined;
}

/** `TaskItem` of the description. */
export interface TaskItem {
  id: number;
  project_id: number;
  /** One of the types that are set up here. */
  task_type: string;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** Current progress. */
  progress: number;
  /** Total steps; 0 while unknown. */
  total: number;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  created_at: string;
  /** The publisher's own name for the task. */
  key?: string | null;
  /** How often it was started; 0 until then. */
  attempt?: number;
  /** What it was created with, for good; {} for none. */
  labels?: Record<string, string>;
  /** The task that it is a part of: that one's id in digits, or its key. */
  parent?: string | null;
  /** The task that it tries again, said likewise. */
  retry_of?: string | null;
  /** Who runs it, or ran it last. */
  worker?: string | null;
  /** What kind of error its last attempt ended with. */
  error_type?: string | null;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  due_at?: string | null;
  /** How often its publisher promises to be heard of, in seconds. */
  heartbeat_s?: number | null;
  /** Whether it runs and is not heard of any more, against that promise. */
  silent?: boolean;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  started_at?: string | null;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  completed_at?: string | null;
  /** Input parameters. */
  params?: JsonObject;
  /** Output; {} until completed. */
  result?: JsonObject;
  /** Why it failed; empty until then. */
  error_message?: string;
  /** When an event or a heartbeat of it was last heard, while it runs and its publisher has promised that; null where that is not known. */
  heard_at?: string | null;
}

/** `Task` of the description. */
export interface Task {
  id: number;
  project_id: number;
  /** One of the types that are set up here. */
  task_type: string;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** Current progress. */
  progress: number;
  /** Total steps; 0 while unknown. */
  total: number;
  /** Input parameters. */
  params: JsonObject;
  /** Output; {} until completed. */
  result: JsonObject;
  /** Why it failed; empty until then. */
  error_message: string;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  created_at: string;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  started_at: string | null;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  completed_at: string | null;
  /** The publisher's own name for the task. */
  key?: string | null;
  /** How often it was started; 0 until then. */
  attempt?: number;
  /** What it was created with, for good; {} for none. */
  labels?: Record<string, string>;
  /** The task that it is a part of: that one's id in digits, or its key. */
  parent?: string | null;
  /** The task that it tries again, said likewise. */
  retry_of?: string | null;
  /** Who runs it, or ran it last. */
  worker?: string | null;
  /** What kind of error its last attempt ended with. */
  error_type?: string | null;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  due_at?: string | null;
  /** How often its publisher promises to be heard of, in seconds. */
  heartbeat_s?: number | null;
  /** Whether it runs and is not heard of any more, against that promise. */
  silent?: boolean;
  /** When an event or a heartbeat of it was last heard, while it runs and its publisher has promised that; null where that is not known. */
  heard_at?: string | null;
  /** Its last 100 attempts, oldest first, out of the ledger. */
  attempts?: (TaskAttempt | UnheardAttempts)[];
  cancel?: TaskCancel | null;
  /** The newest tasks that name it as their parent. */
  children?: TaskItem[];
  /** The newest tasks that try it again. */
  retries?: TaskItem[];
}

/** `HistoryEntry` of the description. */
export interface HistoryEntry {
  /** Place in the task's stream, from 0. */
  revision: number;
  /** Place in the whole ledger: opaque, ordered as text. */
  position: string;
  type: string;
  /** Why nothing but its place is known: its bytes are not those that were written. */
  damage?: string;
  /** When it happened, as the publisher said. */
  occurred_at: string | null;
  /** null when it is damaged. */
  recorded_at: string | null;
  source: string;
  event_id: string;
  attempt: number | null;
  principal: string;
  hash: string;
  /** The hash of the event before it; empty for the first. */
  prev: string;
  data: JsonObject;
  /** Members of data whose value was erased; null there. */
  erased: string[];
  /** The task's state after it. */
  after: JsonObject | null;
  /** All that is known beside the data. */
  metadata: Record<string, string>;
}

/** `History` of the description. */
export interface History {
  task_id: number;
  /** Whether all that is shown verifies, each event with the one before it. */
  intact: boolean;
  /** What is wrong with the first that does not. */
  fault?: string;
  events: HistoryEntry[];
  /** Late and illegal events, which changed nothing, and the receipt of a cancel. */
  evidence: HistoryEntry[];
  /** What is known of its cancel; left out without one. */
  cancel?: TaskCancel;
}

/** `TaskAttempt` of the description. */
export interface TaskAttempt {
  number: number;
  /** When it was first heard to run; null where it was only heard to end. */
  started_at: string | null;
  ended_at: string | null;
  /** unknown where the next one began and nothing was heard of its end. */
  outcome: 'running' | 'failed' | 'completed' | 'cancelled' | 'unknown';
  worker: string | null;
  error_type: string | null;
  error_message: string | null;
  /** When the next one was said to come. */
  retry_at: string | null;
  /** How often it began: more than once after a crash. */
  begun: number;
}

/** `UnheardAttempts` of the description. */
export interface UnheardAttempts {
  from: number;
  to: number;
  outcome: string;
}

/** `TaskCancel` of the description. */
export interface TaskCancel {
  /** How the worker took it, by what was heard first. */
  outcome: 'honoured' | 'too_late' | 'unheard' | 'reported';
  /** Who wanted it, and why. */
  requested: {
    /** Place in the whole ledger: opaque, ordered as text. */
    position: string;
    recorded_at: string;
    /** When it happened, as the publisher said. */
    occurred_at: string | null;
    /** Who said so. */
    principal: string;
    /** How that was checked; none is not at all. */
    authenticated_by: string;
    source: string;
    event_id: string;
    attempt: number | null;
    reason: string | null;
    /** Whether there was a reason, and its value was erased. */
    erased: boolean;
    /** The cancellation of many tasks that it was a part of. */
    cancellation_id: string | null;
    was_running: boolean;
  };
  /** What the worker said when it stopped. */
  receipt: {
    /** Place in the whole ledger: opaque, ordered as text. */
    position: string;
    recorded_at: string;
    /** When it happened, as the publisher said. */
    occurred_at: string | null;
    /** Who said so. */
    principal: string;
    /** How that was checked; none is not at all. */
    authenticated_by: string;
    source: string;
    event_id: string;
    attempt: number | null;
    reason: string | null;
    /** Whether there was a reason, and its value was erased. */
    erased: boolean;
    stopped_after_ms: number;
  } | null;
  /** The end that it came to all the same. */
  too_late: {
    /** Place in the whole ledger: opaque, ordered as text. */
    position: string;
    recorded_at: string;
    /** When it happened, as the publisher said. */
    occurred_at: string | null;
    /** Who said so. */
    principal: string;
    /** How that was checked; none is not at all. */
    authenticated_by: string;
    source: string;
    event_id: string;
    attempt: number | null;
    reason: string | null;
    /** Whether there was a reason, and its value was erased. */
    erased: boolean;
    type: string;
  } | null;
}

/** `TaskMessage` of the description. */
export interface TaskMessage {
  /** Place of its event in the task, from 0. */
  revision: number;
  /** Place in the whole ledger: opaque, ordered as text. */
  position: string;
  recorded_at: string | null;
  /** When it happened, as the publisher said. */
  occurred_at: string | null;
  /** The attempt that it is of; 0 before the first. */
  attempt: number;
  level: 'debug' | 'info' | 'warning' | 'error';
  /** null once it was erased. */
  message: string | null;
  erased: boolean;
  /** The progress that came with it. */
  progress: number | null;
}

/** `Messages` of the description. */
export interface Messages {
  task_id: number;
  /** The task's last event when it was read: the stream goes on after it. */
  revision: number;
  /** Whether every event that was looked at verifies with the one before it. */
  intact: boolean;
  /** What is wrong with the first that does not. */
  fault?: string;
  messages: TaskMessage[];
}

/** `TaskError` of the description. */
export interface TaskError {
  /** What it is grouped by; other: all that were too many in an hour. */
  error_key: string;
  /** Of the newest, as the next two. */
  error_type: string | null;
  /** The first line of its message, cut where it is long. */
  text: string;
  /** Tasks that failed. */
  count: number;
  /** Attempts that failed and were to be tried again. */
  attempts: number;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  first_seen: string;
  /** UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339. */
  last_seen: string;
  task_id: number;
  /** Those with the most, 10 at most. */
  by_project: {
    project_id: number;
    /** Tasks that failed. */
    count: number;
    /** Attempts that failed and were to be tried again. */
    attempts: number;
  }[];
  /** Those with the most, 10 at most. */
  by_type: {
    task_type: string;
    /** Tasks that failed. */
    count: number;
    /** Attempts that failed and were to be tried again. */
    attempts: number;
  }[];
}

/** `Errors` of the description. */
export interface Errors {
  /** Every event up to here is counted. */
  position: string | null;
  /** When the first hour begins. */
  from: string;
  /** When the last hour ends. */
  to: string;
  /** The earliest time that can be asked for. */
  kept_from: string | null;
  /** Tasks that failed, with whatever error. */
  count: number;
  /** Attempts that failed and were to be tried again. */
  attempts: number;
  /** How many errors there are. */
  keys: number;
  /** Those of the most tasks first, then the newest. */
  errors: TaskError[];
}

/** `CountsByStatus` of the description. */
export interface CountsByStatus {
  pending: number;
  running: number;
  completed: number;
  failed: number;
  cancelled: number;
}

/** `Stats` of the description. */
export interface Stats {
  /** Every event up to here is counted, and none after it. */
  position: string | null;
  total: number;
  by_status: CountsByStatus;
  /** Of those that run: not heard of for longer than was promised. */
  silent: number;
  by_type: Record<string, {
    total: number;
    by_status: CountsByStatus;
    /** Of those that run: not heard of for longer than was promised. */
    silent: number;
    duration_ms: {
      /** Tasks that were completed after a start. */
      count: number;
      /** To 1 %; null while count is 0. */
      median: number | null;
      /** To 1 %; null while count is 0. */
      p95: number | null;
    };
  }>;
  /** At most 1000, by id; without project_id only. */
  by_project?: {
    project_id: number;
    total: number;
    by_status: CountsByStatus;
    /** Of those that run: not heard of for longer than was promised. */
    silent: number;
  }[];
}

/** `Cancellation` of the description. */
export interface Cancellation {
  id: string;
  state: 'previewed' | 'running' | 'finished' | 'expired' | 'aborted';
  /** As it was sent. */
  filter: {
    project_id?: number;
    project?: string;
    status?: string | string[];
    task_type?: string | string[];
    created_after?: string;
    created_before?: string;
    key?: string;
    key_prefix?: string;
    id?: number | number[];
    label?: string | string[];
    parent?: string;
    root?: string;
    retry_of?: string;
    worker?: string | string[];
    error_type?: string | string[];
    silent?: boolean;
    ended_after?: string;
    ended_before?: string;
    started_after?: string;
    started_before?: string;
    due_before?: string;
  };
  reason: string | null;
  /** The ledger position at which exactly these tasks were open and matched. */
  position: string | null;
  /** How many tasks they are. */
  total: number;
  /** The first 100: in the answer to the preview as they were then, later as they are. */
  tasks: TaskItem[];
  counts: {
    cancelled: number;
    /** Left as they were, each with its reason. */
    refused: number;
    /** Not tried yet. */
    open: number;
  };
  created_at: string;
  /** When it can not be executed any more, if it never was. */
  expires_at: string;
  started_at: string | null;
  finished_at: string | null;
  aborted_at: string | null;
}

/** `ListedCancellation` of the description. */
export interface ListedCancellation {
  id: string;
  state: 'previewed' | 'running' | 'finished' | 'expired' | 'aborted';
  /** As it was sent. */
  filter: {
    project_id?: number;
    project?: string;
    status?: string | string[];
    task_type?: string | string[];
    created_after?: string;
    created_before?: string;
    key?: string;
    key_prefix?: string;
    id?: number | number[];
    label?: string | string[];
    parent?: string;
    root?: string;
    retry_of?: string;
    worker?: string | string[];
    error_type?: string | string[];
    silent?: boolean;
    ended_after?: string;
    ended_before?: string;
    started_after?: string;
    started_before?: string;
    due_before?: string;
  };
  reason: string | null;
  /** The ledger position at which exactly these tasks were open and matched. */
  position: string | null;
  /** How many tasks they are. */
  total: number;
  counts: {
    cancelled: number;
    /** Left as they were, each with its reason. */
    refused: number;
    /** Not tried yet. */
    open: number;
  };
  created_at: string;
  /** When it can not be executed any more, if it never was. */
  expires_at: string;
  started_at: string | null;
  finished_at: string | null;
  aborted_at: string | null;
}

/** `TaskOutcome` of the description. */
export interface TaskOutcome {
  task_id: number;
  outcome: 'cancelled' | 'refused' | 'open';
  /** Why it was refused, such as already_completed. */
  code: string | null;
  message: string | null;
}

/** `CreateTaskRequest` of the description. */
export interface CreateTaskRequest {
  project_id?: number | null;
  project?: string | null;
  /** One of the types that are set up here. */
  task_type: string;
  params?: JsonObject | null;
  total?: number | null;
  labels?: Record<string, string> | null;
  parent?: string | null;
  retry_of?: string | null;
  due_at?: string | null;
  heartbeat_s?: number | null;
  when_silent?: 'fail' | null;
  key?: string | null;
}

/** What `include` can add to the items of a list. */
export const LIST_INCLUDES = [
  'key',
  'attempt',
  'labels',
  'parent',
  'retry_of',
  'worker',
  'error_type',
  'due_at',
  'heartbeat_s',
  'silent',
  'started_at',
  'completed_at',
  'params',
  'result',
  'error_message',
  'heard_at',
] as const;

/** The same of a stream. */
export const STREAM_INCLUDES = [
  'key',
  'attempt',
  'labels',
  'parent',
  'retry_of',
  'worker',
  'error_type',
  'due_at',
  'heartbeat_s',
  'silent',
  'started_at',
  'completed_at',
] as const;

/** The same of a detail, but for what is looked up each time. */
export const DETAIL_INCLUDES = [
  'key',
  'attempt',
  'labels',
  'parent',
  'retry_of',
  'worker',
  'error_type',
  'due_at',
  'heartbeat_s',
  'silent',
  'heard_at',
] as const;

/** What says which tasks. */
export const FILTER_MEMBERS = [
  'project_id',
  'project',
  'status',
  'task_type',
  'created_after',
  'created_before',
  'key',
  'key_prefix',
  'id',
  'label',
  'parent',
  'root',
  'retry_of',
  'worker',
  'error_type',
  'silent',
  'ended_after',
  'ended_before',
  'started_after',
  'started_before',
  'due_before',
] as const;

/** What a task is created with. */
export const CREATION_MEMBERS = [
  'project_id',
  'project',
  'task_type',
  'params',
  'total',
  'labels',
  'parent',
  'retry_of',
  'due_at',
  'heartbeat_s',
  'when_silent',
  'key',
] as const;

/** The types of lifecycle events. */
export const EVENT_TYPES = [
  'task.created',
  'task.started',
  'task.progressed',
  'task.attempt_failed',
  'task.completed',
  'task.failed',
  'task.cancelled',
] as const;
