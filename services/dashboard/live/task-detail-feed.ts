import { ApiError, getHistory, getTask } from '../api/client.js';
import { openEventStream } from '../api/event-stream.js';
import type { HistoryEntry, TaskDetail } from '../api/types.js';
import { reconnectDelayMs } from '../state/reconnect.js';

/** A task with its history, as far as they are loaded. */
export interface TaskDetailState {
  task: TaskDetail | undefined;
  events: readonly HistoryEntry[];
  evidence: readonly HistoryEntry[];
  /** Whether there is more of the history. */
  more: boolean;
  /** What is wrong with the first event that does not verify; empty while all do. */
  fault: string;
  /** Why there is nothing, or nothing newer. */
  error: string;
}

/** A task's first state. */
export const NO_DETAIL: TaskDetailState = {
  task: undefined,
  events: [],
  evidence: [],
  more: false,
  fault: '',
  error: '',
};

const HISTORY_LIMIT = 500;
/** Changes that come faster than this are shown together. */
const REFRESH_MS_MIN = 250;

/** One task, kept up to date until it has ended: its stream says when to look again. */
export class TaskDetailFeed {
  private state = NO_DETAIL;
  private readonly ended = new AbortController();
  private closeStream: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private loading: Promise<void> | undefined;
  private due = false;
  private attempt = 0;

  constructor(
    private readonly id: number,
    private readonly show: (state: TaskDetailState) => void,
  ) {}

  /** Loads the task, and follows it. */
  async follow(): Promise<void> {
    this.closeStream();
    await this.refresh();
    // Later, what could not be loaded is tried again; without an error the task is final when it has a last time.
    if (this.over()) return;
    this.closeStream = openEventStream(`/api/v1/tasks/${this.id}/stream`, ['task'], {
      onOpen: () => (this.attempt = 0),
      onEvent: () => this.refreshSoon(),
      onEnd: () => this.followLater(),
    });
  }

  /** Loads what is newer, or the next part of a long history. */
  refresh(): Promise<void> {
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  /** Ends everything. */
  close(): void {
    this.ended.abort();
    clearTimeout(this.timer);
    this.closeStream();
  }

  private async load(): Promise<void> {
    const { events, evidence, fault } = this.state;
    const place = `limit=${HISTORY_LIMIT}&from_revision=${events.length}&from_evidence=${evidence.length}`;
    try {
      const [task, { history, next }] = await Promise.all([
        getTask(this.id, this.ended.signal),
        getHistory(`/api/v1/tasks/${this.id}/history?${place}`, this.ended.signal),
      ]);
      this.set({
        task,
        events: [...events, ...history.events],
        evidence: [...evidence, ...history.evidence],
        more: next !== undefined,
        fault: fault || (history.fault ?? ''),
        error: '',
      });
    } catch (error) {
      this.set({ error: (error as Error).message });
      if (error instanceof ApiError && error.passing) this.followLater();
    }
  }

  private refreshSoon(): void {
    if (this.due) return;
    this.due = true;
    this.timer = setTimeout(() => {
      this.due = false;
      void this.refresh();
    }, REFRESH_MS_MIN);
  }

  private followLater(): void {
    this.closeStream();
    if (this.over()) return;
    clearTimeout(this.timer);
    this.due = false;
    this.timer = setTimeout(() => void this.follow(), reconnectDelayMs(this.attempt++));
  }

  /** Whether nothing more is to come. */
  private over(): boolean {
    return this.ended.signal.aborted || Boolean(this.state.task?.completed_at);
  }

  private set(changes: Partial<TaskDetailState>): void {
    if (this.ended.signal.aborted) return;
    this.state = { ...this.state, ...changes };
    this.show(this.state);
  }
}
