import { ApiError, type ErrorsShown } from '../api/client.js';
import { reconnectDelayMs } from '../state/reconnect.js';

/** What the errors show. */
export interface ErrorsState {
  phase: 'loading' | 'ready' | 'failed';
  /** Why they failed, or could not be asked for again. */
  error: string;
  shown: ErrorsShown | undefined;
  /** Since when they are not kept up to date; `undefined` while they are. */
  staleSinceMs: number | undefined;
  /** Whether they are asked for again by themselves. */
  retries: boolean;
}

/** Their first state. */
export const LOADING_ERRORS: ErrorsState = {
  phase: 'loading',
  error: '',
  shown: undefined,
  staleSinceMs: undefined,
  retries: true,
};

/** What a feed takes from the browser and the API. */
export interface ErrorsDeps {
  getErrors(parameters: URLSearchParams, signal?: AbortSignal): Promise<ErrorsShown>;
  nowMs(): number;
}

/** How often errors are asked for again while they are seen: a stream tells of changes, and not of counts. */
export const REFRESH_MS = 10_000;

/** The errors of one filter and time, asked for again and again. */
export class ErrorsFeed {
  private state = LOADING_ERRORS;
  private readonly ended = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private visible = true;
  private isAsking = false;
  private failures = 0;

  constructor(
    private readonly parameters: URLSearchParams,
    private readonly deps: ErrorsDeps,
    private readonly show: (state: ErrorsState) => void,
  ) {}

  /** Asks for them, now and then again and again. What is shown stays until the next answer. */
  async load(): Promise<void> {
    if (this.isAsking || this.ended.signal.aborted) return;
    clearTimeout(this.timer);
    this.isAsking = true;
    try {
      const shown = await this.deps.getErrors(this.parameters, this.ended.signal);
      this.failures = 0;
      this.set({ phase: 'ready', error: '', shown, staleSinceMs: undefined, retries: true });
      this.after(REFRESH_MS);
    } catch (error) {
      this.fail(error as Error);
    } finally {
      this.isAsking = false;
    }
  }

  /** Asks for nothing while nobody looks. */
  setVisible(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    if (visible) void this.load();
    else clearTimeout(this.timer);
  }

  /** Ends everything. */
  close(): void {
    this.ended.abort();
    clearTimeout(this.timer);
  }

  private fail(error: Error): void {
    // A request that is wrong stays wrong.
    const retries = !(error instanceof ApiError) || error.passing;
    const staleSinceMs = this.state.staleSinceMs ?? this.deps.nowMs();
    const phase = this.state.phase === 'ready' && retries ? 'ready' : 'failed';
    this.set({ phase, error: error.message, staleSinceMs, retries });
    if (retries) this.after(reconnectDelayMs(this.failures++));
  }

  private after(delayMs: number): void {
    if (this.visible && !this.ended.signal.aborted) this.timer = setTimeout(() => void this.load(), delayMs);
  }

  private set(changes: Partial<ErrorsState>): void {
    if (this.ended.signal.aborted) return;
    this.state = { ...this.state, ...changes };
    this.show(this.state);
  }
}
