import { ApiError } from '../api/client.js';
import type { OpenStream } from '../api/event-stream.js';
import type { TaskDetail } from '../api/types.js';
import { POLL_MS, POLLS_BEFORE_STREAM, reconnectDelayMs } from '../state/reconnect.js';
import {
  hasEarlier,
  NO_HISTORY,
  withEarlier,
  withNewer,
  type AskHistory,
  type LoadedHistory,
} from './task-history.js';

/** A task with its history, as far as they are loaded. */
export interface TaskDetailState extends LoadedHistory {
  task: TaskDetail | undefined;
  /** Whether there is more of the history, before what is loaded. */
  earlier: boolean;
  /** Why there is nothing, or nothing newer. */
  error: string;
  /** Since when it is not kept up to date; `undefined` while it is. */
  staleSinceMs: number | undefined;
}

/** A task's first state. */
export const NO_DETAIL: TaskDetailState = {
  ...NO_HISTORY,
  task: undefined,
  earlier: false,
  error: '',
  staleSinceMs: undefined,
};

/** What the feed of a task takes from the browser and the API. */
export interface DetailDeps {
  getTask(id: number, signal: AbortSignal): Promise<TaskDetail>;
  getHistory(path: string, signal: AbortSignal): ReturnType<AskHistory>;
  openStream: OpenStream;
  nowMs(): number;
}

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
    private readonly deps: DetailDeps,
    private readonly show: (state: TaskDetailState) => void,
  ) {}

  /** Loads the task, and follows it. */
  async follow(): Promise<void> {
    this.closeStream();
    await this.load(withNewer);
    // Later, what could not be loaded is tried again; without an error the task is final when it has a last time.
    if (this.over()) return;
    this.closeStream = this.deps.openStream(`/api/v1/tasks/${this.id}/stream`, {
      onOpen: () => (this.attempt = 0),
      onEvent: () => this.refreshSoon(),
      onEnd: () => this.followLater(),
      onSilence: () => this.poll(),
    });
  }

  /** Loads the part of a long history that comes before what is shown. */
  async loadEarlier(): Promise<void> {
    while (this.loading !== undefined) await this.loading;
    await this.load(withEarlier);
  }

  /** Ends everything. */
  close(): void {
    this.ended.abort();
    clearTimeout(this.timer);
    this.closeStream();
  }

  /** Loads more of the history, and the task as it is then; what is under way already is not begun again. */
  private load(more: typeof withNewer): Promise<void> {
    this.loading ??= this.loadOnce(more).finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async loadOnce(more: typeof withNewer): Promise<void> {
    const { signal } = this.ended;
    const ask: AskHistory = (query) =>
      this.deps.getHistory(`/api/v1/tasks/${this.id}/history?${query}`, signal);
    try {
      const [task, history] = await Promise.all([this.deps.getTask(this.id, signal), more(this.state, ask)]);
      const { events, evidence, fault } = history;
      const earlier = hasEarlier(history);
      this.set({ task, events, evidence, fault, earlier, error: '', staleSinceMs: undefined });
    } catch (error) {
      this.set({ error: (error as Error).message, staleSinceMs: this.staleSinceMs() });
      if (error instanceof ApiError && error.passing) this.followLater();
    }
  }

  private refreshSoon(): void {
    if (this.due) return;
    this.due = true;
    this.timer = setTimeout(() => {
      this.due = false;
      void this.load(withNewer);
    }, REFRESH_MS_MIN);
  }

  /** Looks again and again, where no stream comes through, and tries that again after a while. */
  private poll(left = POLLS_BEFORE_STREAM): void {
    if (this.over()) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (left === 0) void this.follow();
      else void this.load(withNewer).then(() => this.state.error === '' && this.poll(left - 1));
    }, POLL_MS);
  }

  private followLater(): void {
    this.closeStream();
    if (this.over()) return;
    clearTimeout(this.timer);
    this.due = false;
    this.set({ staleSinceMs: this.staleSinceMs() });
    this.timer = setTimeout(() => void this.follow(), reconnectDelayMs(this.attempt++));
  }

  private staleSinceMs(): number {
    return this.state.staleSinceMs ?? this.deps.nowMs();
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
