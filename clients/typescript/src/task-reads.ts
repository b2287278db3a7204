import type { JsonHttp } from './json-http.js';
import { linkedPages } from './linked-pages.js';
import { resumingStream } from './resuming-stream.js';
import { withRetries, type RetryPolicy } from './retries.js';
import { historyEntryOf, type HistoryEntry } from './task-history.js';
import { queryOf, type ListInclude, type StreamInclude } from './task-query.js';
import { statsOf, type ProjectStats, type TaskStats } from './task-stats.js';
import type { Task, TaskDetail, TaskFilter } from './types.js';
import { DETAIL_INCLUDES, type History, type Stats, type TaskItem } from './wire.js';
import { shown } from './wire-form.js';

/** What a list is sorted by; with `-` from the greatest on. What has no end or duration is not in a list by it. */
export type ListOrder = `${'' | '-'}${'created' | 'ended' | 'duration'}`;

/** A moment in the past: a time, as a Date or RFC 3339, or a position of the ledger. */
export type Moment = Date | string;

/** What a list is asked for with. */
export interface ListQuery extends TaskFilter {
  /** Whole words of names and errors, all of which a task must have; `error:timeout` is looked for in the error alone. */
  search?: string;
  include?: readonly ListInclude[];
  /** `-created`, newest first, where nothing is said. */
  order?: ListOrder;
  /** The list as it was at a time (a Date, or RFC 3339), or at a position of the ledger. */
  asOf?: Moment;
  /** How many tasks one request brings, 1 to 1000 (50). */
  pageSize?: number;
}

/** A part of a list. */
export interface TaskPage {
  tasks: Task[];
  /** The ledger position that the list is at least at; `watch` goes on after it. */
  position: string | undefined;
  /** How far the list was behind the ledger, in milliseconds. */
  lagMs: number | undefined;
}

/** What a stream of changes is asked for with. */
export interface WatchQuery extends TaskFilter {
  include?: readonly StreamInclude[];
  /** The position to start after, such as a page's; without it, now. */
  after?: string | undefined;
  /** Ends the stream. */
  signal?: AbortSignal;
}

/** A change of a task. */
export interface TaskChange {
  /** `left`: the task does not match the filter any more. */
  kind: 'task' | 'left';
  /** Where in the ledger; opaque, and ordered as text. */
  position: string;
  task: Task;
}

/** What Taskledger shows of tasks, over HTTP. All of it throws TaskledgerRefusedError and TaskledgerUnavailableError. */
export class TaskReads {
  constructor(
    private readonly http: JsonHttp,
    private readonly retry: RetryPolicy,
  ) {}

  /** One task with all that is known of it, or as it was at a moment. */
  async get(id: number, { asOf }: { asOf?: Moment } = {}): Promise<TaskDetail> {
    const moment = asOf === undefined ? '' : `&as_of=${encodeURIComponent(momentText(asOf))}`;
    const path = `/api/v1/tasks/${id}?include=${DETAIL_INCLUDES.join(',')}${moment}`;
    return shown((await this.#data(path)) as Required<TaskItem>);
  }

  /** The list page by page, newest first or in the order that is asked for. */
  async *pages(query: ListQuery = {}): AsyncGenerator<TaskPage> {
    const { pageSize: limit, include, order, search: q, asOf, ...filter } = query;
    const as_of = asOf && momentText(asOf);
    const first = `/api/v1/tasks${queryOf(filter, { q, include, order, limit, as_of })}`;
    for await (const { data, headers } of this.#linked(first)) {
      const lag = headers.get('taskledger-lag-ms');
      yield {
        tasks: (data as TaskItem[]).map(shown),
        position: headers.get('taskledger-position') ?? undefined,
        lagMs: lag === null ? undefined : Number(lag),
      };
    }
  }

  /** Each task of the list, newest first or in the order that is asked for. */
  async *list(query: ListQuery = {}): AsyncGenerator<Task> {
    for await (const { tasks } of this.pages(query)) yield* tasks;
  }

  /** All that happened to a task, oldest first, and after it what was refused and kept as evidence. */
  async *history(id: number): AsyncGenerator<HistoryEntry> {
    const evidence: HistoryEntry[] = [];
    for await (const { data } of this.#linked(`/api/v1/tasks/${id}/history?limit=1000`)) {
      const page = data as History;
      for (const entry of page.events) yield historyEntryOf(entry, false);
      evidence.push(...page.evidence.map((entry) => historyEntryOf(entry, true)));
    }
    yield* evidence;
  }

  /** What changes of the tasks that match, resumed without a gap or a double however often the connection breaks. */
  async *watch(query: WatchQuery = {}): AsyncGenerator<TaskChange> {
    const { include, after, signal, ...filter } = query;
    yield* this.#changes(`/api/v1/tasks/stream${queryOf(filter, { include })}`, after, signal);
  }

  /** The state of one task, and each change up to its end. */
  async *watchTask(
    id: number,
    { include, after, signal }: Omit<WatchQuery, keyof TaskFilter> = {},
  ): AsyncGenerator<TaskChange> {
    yield* this.#changes(`/api/v1/tasks/${id}/stream${queryOf({}, { include })}`, after, signal);
  }

  /** How many tasks there are by status and type, and how long they took. */
  async stats({ projectId }: { projectId?: number } = {}): Promise<TaskStats> {
    return statsOf((await this.#data(`/api/v1/tasks/stats${queryOf({ ...idOf(projectId) })}`)) as Stats);
  }

  /** How many tasks each project has, by its id ascending. */
  async *statsByProject(): AsyncGenerator<ProjectStats> {
    for await (const { data } of this.#linked('/api/v1/tasks/stats')) {
      for (const { project_id, total, by_status, silent } of (data as Stats).by_project ?? [])
        yield { projectId: project_id, total, byStatus: by_status, silent };
    }
  }

  async *#changes(path: string, after: string | undefined, signal?: AbortSignal): AsyncGenerator<TaskChange> {
    const stopped = new AbortController();
    const both = signal === undefined ? stopped.signal : AbortSignal.any([stopped.signal, signal]);
    try {
      const options = { retry: this.retry, signal: both, after, keepsProcess: true };
      for await (const { id = '', event, data } of resumingStream(this.http.url(path), options))
        if (event === 'task' || event === 'left')
          yield { kind: event, position: id, task: shown(JSON.parse(data) as TaskItem) };
    } finally {
      stopped.abort();
    }
  }

  #data(path: string): Promise<unknown> {
    return withRetries(this.retry, () => this.http.data('GET', path));
  }

  #linked(path: string): ReturnType<typeof linkedPages> {
    return linkedPages(this.http, this.retry, path);
  }
}

function idOf(projectId: number | undefined): { projectId?: number } {
  return projectId === undefined ? {} : { projectId };
}

function momentText(moment: Moment): string {
  return moment instanceof Date ? moment.toISOString() : moment;
}
