/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object: what `params` and `result` are. */
export interface JsonObject {
  [member: string]: JsonValue | undefined;
}

/** The state a task is in. */
export type TaskStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A task as `GET /api/v1/tasks` lists it. */
export interface TaskItem {
  id: number;
  project_id: number;
  task_type: string;
  status: TaskStatus;
  progress: number;
  /** Total steps; 0 means unknown. */
  total: number;
  /** UTC, without offset and fraction, such as `2025-03-12T10:00:00`. */
  created_at: string;
}

/** A task as `GET /api/v1/tasks/{id}` shows it. */
export interface TaskDetail extends TaskItem {
  params: JsonObject;
  /** `{}` until the task completed. */
  result: JsonObject;
  /** `''` unless the task failed. */
  error_message: string;
  started_at: string | null;
  completed_at: string | null;
}

/** What a task is created with. */
export interface TaskCreation {
  project_id: number;
  /** `search`, `dedup`, `crawl`, `ocr`, `index` or `keyword_expand`, unless the server was set up with more. */
  task_type: string;
  params?: JsonObject;
  /** Total steps, where it is known beforehand. */
  total?: number;
  /** The publisher's own name for the task, 1 to 512 bytes with at least one character that is no digit. */
  key?: string;
}

/** What became of one event that was sent. */
export interface EventOutcome {
  event_id: string | null;
  /** `duplicate`: this very event, or for a creation an equal one of the same key, was there already. */
  outcome: 'accepted' | 'duplicate' | 'rejected' | 'unavailable';
  task_id: number | null;
  code: number;
  message: string;
}
