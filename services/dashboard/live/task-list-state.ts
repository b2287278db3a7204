import type { Connection } from '../state/reconnect.js';
import { NO_ROWS, type TaskRows } from '../state/task-rows.js';

/** What the list shows. */
export interface TaskListState {
  phase: 'loading' | 'ready' | 'failed';
  /** Why it failed. */
  error: string;
  rows: TaskRows;
  older: 'idle' | 'loading' | 'failed';
  connection: Connection;
  /** Since when it is not kept up to date; `undefined` while it is. */
  staleSinceMs: number | undefined;
  /** Up to where in the ledger the list is true. */
  position: string;
  lagMs: number;
}

/** The list's first state. */
export const LOADING: TaskListState = {
  phase: 'loading',
  error: '',
  rows: NO_ROWS,
  older: 'idle',
  connection: { state: 'connecting' },
  staleSinceMs: undefined,
  position: '',
  lagMs: 0,
};
