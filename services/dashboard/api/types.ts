import type { TaskStatus } from '../../../shared/core/domain/task.js';

/** A task as lists and streams show it, with the extra fields that the page asks for where they are known. */
export interface TaskItem {
  id: number;
  project_id: number;
  task_type: string;
  status: TaskStatus;
  progress: number;
  /** 0 while unknown. */
  total: number;
  /** UTC, without offset and fraction, as all times here. */
  created_at: string;
  key?: string | null;
  attempt?: number;
  started_at?: string | null;
  completed_at?: string | null;
}

/** A task as its detail shows it. */
export interface TaskDetail extends TaskItem {
  params: Record<string, unknown>;
  result: Record<string, unknown>;
  error_message: string;
  started_at: string | null;
  completed_at: string | null;
}

/** One entry of a task's history; times are RFC 3339. */
export interface HistoryEntry {
  revision: number;
  position: string;
  type: string;
  /** Why it can't be read, if it can't: nothing but its place is known then. */
  damage?: string;
  occurred_at: string | null;
  /** null of a damaged event. */
  recorded_at: string | null;
  source: string;
  event_id: string;
  attempt: number | null;
  principal: string;
  hash: string;
  data: Record<string, unknown>;
  erased: string[];
  after: { status: TaskStatus; progress: number; total: number } | null;
}

/** A task's history, or a part of it. */
export interface History {
  task_id: number;
  /** What is wrong with the first event that does not verify. */
  fault?: string;
  events: HistoryEntry[];
  evidence: HistoryEntry[];
}

/** How many tasks there are in each state. */
export type StatusCounts = Record<TaskStatus, number>;

/** `GET /api/v1/tasks/stats`, as far as the page shows it. */
export interface Stats {
  position: string | null;
  total: number;
  by_status: StatusCounts;
  by_type: Record<
    string,
    {
      total: number;
      by_status: StatusCounts;
      duration_ms: { count: number; median: number | null; p95: number | null };
    }
  >;
}

/** A bulk cancel: exactly the tasks that matched its filter at its position. */
export interface Cancellation {
  id: string;
  state: 'previewed' | 'running' | 'finished' | 'expired';
  filter: Record<string, unknown>;
  reason: string | null;
  position: string | null;
  total: number;
  /** The first of them. */
  tasks: TaskItem[];
  counts: { cancelled: number; refused: number; open: number };
  /** RFC 3339, as `expires_at`. */
  created_at: string;
  expires_at: string;
}

/** What became of one task of a bulk cancel. */
export interface CancellationTask {
  task_id: number;
  outcome: 'cancelled' | 'refused' | 'open';
  code: string | null;
  message: string | null;
}
