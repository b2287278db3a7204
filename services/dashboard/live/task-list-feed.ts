import { ApiError, LIST_FIELDS, type TaskPage } from '../api/client.js';
import type { OpenStream } from '../api/event-stream.js';
import type { TaskItem } from '../api/types.js';
import { RecentChanges } from '../state/recent-changes.js';
import { POLL_MS, POLLS_BEFORE_STREAM, reconnectDelayMs, type Connection } from '../state/reconnect.js';
import { isStreamed } from '../state/streamed.js';
import { changesTo, reloaded, settled, withChanges, withPage, type TaskChange } from '../state/task-rows.js';
import { LOADING, type TaskListState } from './task-list-state.js';

/** What a feed takes from the browser and the API. */
export interface FeedDeps {
  listTasks(filter: URLSearchParams, limit: number, signal?: AbortSignal): Promise<TaskPage>;
  listPage(path: string, signal?: AbortSignal): Promise<TaskPage>;
  openStream: OpenStream;
  /** Runs something when the next picture is drawn. */
  onNextFrame(work: () => void): void;
  nowMs(): number;
}

const PAGE_LIMIT = 500;
/** At the top, a list that has grown longer than this by itself is loaded anew, which nobody sees. */
const ROWS_KEPT_MAX = 20_000;
/** How long tasks that left the list are still shown, where nothing is held. */
const LEFT_SHOWN_MS = 4_000;
/** How long a hidden page keeps its connection. */
const HIDDEN_CONNECTED_MS = 30_000;
/** After a longer absence the list is loaded anew instead of being told all that happened meanwhile. */
const ABSENCE_MS_MAX = 5 * 60_000;

/**
 * One filter's list, kept up to date: the first page, then the stream from that page's position on, and older pages as
 * they are asked for. What comes in between two pictures is taken in at once.
 */
export class TaskListFeed {
  private state: TaskListState = LOADING;
  private readonly ended = new AbortController();
  private recent = new RecentChanges();
  private readonly waiting = new Map<number, TaskChange>();
  private closeStream: () => void = () => undefined;
  private next: string | undefined;
  private hold = false;
  /** Of loading or connecting: what was begun before the last one is given up. */
  private turn = 0;
  private attempt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private leftTimer: ReturnType<typeof setTimeout> | undefined;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly filter: URLSearchParams,
    private readonly deps: FeedDeps,
    private readonly show: (state: TaskListState) => void,
  ) {}

  /** Loads the list, or loads it anew. What is shown stays until the new one is there. */
  async load(): Promise<void> {
    const turn = this.begin();
    try {
      const page = await this.deps.listTasks(this.filter, PAGE_LIMIT, this.ended.signal);
      if (turn !== this.turn) return;
      this.recent = new RecentChanges();
      this.waiting.clear();
      this.attempt = 0;
      this.next = page.next;
      const { position, lagMs } = page;
      // Of another ledger nothing stays.
      const hold = this.hold && position >= this.state.position;
      const rows = reloaded(this.state.rows, page.tasks, page.next === undefined, hold);
      this.set({ phase: 'ready', error: '', rows, older: 'idle', position, lagMs });
      this.connect();
    } catch (error) {
      if (turn !== this.turn) return;
      const why = (error as Error).message;
      if (this.state.phase !== 'ready') this.set({ phase: 'failed', error: why });
      // A request that is wrong stays wrong.
      if (error instanceof ApiError && error.passing) this.retryLater(why);
    }
  }

  /** Loads the next older page since its place has come into sight; what failed waits until somebody asks for it. */
  nearEnd(): void {
    if (this.state.older === 'idle') void this.loadOlder();
  }

  /** Loads the next older page, unless that is under way or there is none. */
  async loadOlder(): Promise<void> {
    const { next } = this;
    if (next === undefined || this.state.older === 'loading') return;
    this.set({ older: 'loading' });
    try {
      const page = await this.deps.listPage(next, this.ended.signal);
      if (this.next !== next || this.ended.signal.aborted) return;
      this.next = page.next;
      const longer = withPage(this.state.rows, page.tasks, page.next === undefined);
      const rows = withChanges(longer, this.recent.after(page.position), this.hold);
      this.set({ rows, older: 'idle', lagMs: page.lagMs });
    } catch {
      if (this.next === next && !this.ended.signal.aborted) this.set({ older: 'failed' });
    }
  }

  /** Whether new tasks are held back and those that left stay, since the user looks at what would move. */
  setHold(hold: boolean): void {
    if (this.hold === hold) return;
    this.hold = hold;
    if (!hold) this.showHeld();
  }

  /** Shows the new tasks that were held back. */
  showHeld(): void {
    const { rows } = this.state;
    if (rows.heldOverflow || (!this.hold && rows.rows.length > ROWS_KEPT_MAX)) void this.load();
    else if (rows !== settled(rows)) this.set({ rows: settled(rows) });
  }

  /** Connects at once instead of waiting for the time to do so. */
  retryNow(): void {
    if (this.state.connection.state === 'disconnected') void this.reconnect();
  }

  /**
   * Connects anew, since something else found the server not to answer: a connection that broke without a word, as when a
   * cable is pulled, looks alive for minutes.
   */
  doubt(): void {
    if (this.state.connection.state === 'live') void this.reconnect();
  }

  /** Lets go of the connection while nobody looks, and takes it up again. */
  setVisible(visible: boolean): void {
    clearTimeout(this.hiddenTimer);
    if (!visible) {
      this.hiddenTimer = setTimeout(() => this.pause(), HIDDEN_CONNECTED_MS);
    } else if (this.state.connection.state === 'paused') {
      void this.reconnect();
    }
  }

  /** Ends everything. */
  close(): void {
    this.ended.abort();
    this.begin();
    clearTimeout(this.leftTimer);
    clearTimeout(this.hiddenTimer);
  }

  private connect(): void {
    if (!isStreamed(this.filter)) return this.poll(Infinity);
    if (this.state.connection.state !== 'polling') this.set({ connection: { state: 'connecting' } });
    const parameters = new URLSearchParams(this.filter);
    parameters.set('include', LIST_FIELDS);
    if (this.state.position !== '') parameters.set('after', this.state.position);
    let opened = false;
    this.closeStream = this.deps.openStream(`/api/v1/tasks/stream?${parameters}`, {
      onOpen: () => {
        opened = true;
        this.setConnected('live');
      },
      onEvent: (type, data, position) => this.receive(type, data, position),
      // The list has just been answered: where the stream alone is refused, that is what there is.
      onEnd: () => (opened ? this.retryLater('The connection was lost') : this.poll()),
      onSilence: () => this.poll(),
    });
  }

  private setConnected(state: 'live' | 'polling'): void {
    this.attempt = 0;
    const { older } = this.state;
    this.set({ connection: { state }, staleSinceMs: undefined, older: older === 'failed' ? 'idle' : older });
  }

  /** Asks for the first page again and again, where no stream comes through, and tries that again after a while. */
  private poll(left = POLLS_BEFORE_STREAM): void {
    this.setConnected('polling');
    this.retryTimer = setTimeout(() => void (left === 0 ? this.connect() : this.pollOnce(left - 1)), POLL_MS);
  }

  private async pollOnce(left: number): Promise<void> {
    const { turn } = this;
    try {
      const page = await this.deps.listTasks(this.filter, PAGE_LIMIT, this.ended.signal);
      if (turn !== this.turn) return;
      if (page.position < this.state.position) return await this.load();
      const { position, lagMs } = page;
      this.set({ position, lagMs });
      this.apply(changesTo(this.state.rows, page.tasks, page.next === undefined));
      if (turn === this.turn) this.poll(left);
    } catch (error) {
      if (turn === this.turn) this.retryLater((error as Error).message);
    }
  }

  /**
   * Asks for the list's place first: that says what is wrong, which a stream does not, and whether it is still the same
   * ledger.
   */
  private async reconnect(): Promise<void> {
    const turn = this.begin();
    const nowMs = this.deps.nowMs();
    const absentMs = nowMs - (this.state.staleSinceMs ?? nowMs);
    if (this.state.phase !== 'ready' || absentMs > ABSENCE_MS_MAX) return this.load();
    try {
      const { position, lagMs } = await this.deps.listTasks(this.filter, 1, this.ended.signal);
      if (turn !== this.turn) return;
      this.set({ lagMs });
      if (position < this.state.position) await this.load();
      else this.connect();
    } catch (error) {
      if (turn === this.turn) this.retryLater((error as Error).message);
    }
  }

  private retryLater(why: string): void {
    this.disconnect();
    const nowMs = this.deps.nowMs();
    const sinceMs = this.state.staleSinceMs ?? nowMs;
    const delayMs = reconnectDelayMs(this.attempt++);
    this.retryTimer = setTimeout(() => void this.reconnect(), delayMs);
    const connection: Connection = { state: 'disconnected', sinceMs, retryAtMs: nowMs + delayMs, why };
    this.set({ connection, staleSinceMs: sinceMs });
  }

  private pause(): void {
    this.begin();
    const staleSinceMs = this.state.staleSinceMs ?? this.deps.nowMs();
    this.set({ connection: { state: 'paused' }, staleSinceMs });
  }

  /** Gives up whatever connects or is connected; answers the turn of what begins instead. */
  private begin(): number {
    this.disconnect();
    return ++this.turn;
  }

  private disconnect(): void {
    clearTimeout(this.retryTimer);
    this.closeStream();
    this.closeStream = () => undefined;
  }

  private receive(type: string, data: string, position: string): void {
    if (type !== 'task' && type !== 'left') return;
    const task = JSON.parse(data) as TaskItem;
    const change = { task, left: type === 'left' };
    this.recent.add(change, position);
    if (this.waiting.size === 0) this.deps.onNextFrame(() => this.takeIn());
    this.waiting.set(task.id, change);
    // Told with the next picture; a connection that breaks before it must not be told the same again.
    this.state = { ...this.state, position };
  }

  private takeIn(): void {
    if (this.waiting.size === 0 || this.ended.signal.aborted) return;
    const changes = [...this.waiting.values()];
    this.waiting.clear();
    this.apply(changes);
  }

  private apply(changes: readonly TaskChange[]): void {
    this.set({ rows: withChanges(this.state.rows, changes, this.hold) });
    if (changes.some(({ left }) => left)) {
      clearTimeout(this.leftTimer);
      this.leftTimer = setTimeout(() => !this.hold && this.showHeld(), LEFT_SHOWN_MS);
    }
    if (!this.hold && this.state.rows.rows.length > ROWS_KEPT_MAX) void this.load();
  }

  private set(changes: Partial<TaskListState>): void {
    if (this.ended.signal.aborted) return;
    this.state = { ...this.state, ...changes };
    this.show(this.state);
  }
}
