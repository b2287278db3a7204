import { atBase, fromBase } from '../state/base-path.js';
import type {
  Cancellation,
  CancellationTask,
  Errors,
  History,
  Stats,
  TaskDetail,
  TaskItem,
} from './types.js';
import { DETAIL_INCLUDES, STREAM_INCLUDES } from './wire.js';

/** How long an answer may take. */
const ANSWER_MS_MAX = 20_000;

/** The extra fields of list items that the page shows: all that a stream can tell of, too. */
export const LIST_FIELDS = STREAM_INCLUDES.join(',');

/** What went wrong, in a sentence for the user. */
export class ApiError extends Error {
  /** @param status The answer's; 0 when there was none. */
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ApiError';
  }

  /** Whether the same request may succeed later: the server is away or busy, rather than the request wrong. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** How fresh an answer is. */
export interface Freshness {
  /** Place in the ledger up to which it is true; empty while nothing is recorded. */
  position: string;
  lagMs: number;
}

/** A part of the list. */
export interface TaskPage extends Freshness {
  tasks: TaskItem[];
  /** Where the next one is; absent after the oldest task. */
  next: string | undefined;
}

/** The tasks that a filter lets through, newest first. */
export function listTasks(filter: URLSearchParams, limit: number, signal?: AbortSignal): Promise<TaskPage> {
  const parameters = new URLSearchParams(filter);
  parameters.set('limit', String(limit));
  parameters.set('include', LIST_FIELDS);
  return listPage(`/api/v1/tasks?${parameters}`, signal);
}

/** A page that another one named as the next. */
export async function listPage(path: string, signal?: AbortSignal): Promise<TaskPage> {
  const { data, headers } = await call<TaskItem[]>(path, { signal });
  return { tasks: data, next: nextOf(headers), ...freshnessOf(headers) };
}

/** One task. */
export async function getTask(id: number, signal?: AbortSignal): Promise<TaskDetail> {
  return (await call<TaskDetail>(`/api/v1/tasks/${id}?include=${DETAIL_INCLUDES.join(',')}`, { signal }))
    .data;
}

/** A part of a task's history, and where the next one is. */
export async function getHistory(
  path: string,
  signal?: AbortSignal,
): Promise<{ history: History; next: string | undefined }> {
  const { data, headers } = await call<History>(path, { signal });
  return { history: data, next: nextOf(headers) };
}

/** Counts, of one project or of all. */
export async function getStats(
  projectId: string,
  signal?: AbortSignal,
): Promise<{ stats: Stats; lagMs: number }> {
  const query = projectId === '' ? '' : `?project_id=${encodeURIComponent(projectId)}`;
  const { data, headers } = await call<Stats>(`/api/v1/tasks/stats${query}`, { signal });
  return { stats: data, lagMs: freshnessOf(headers).lagMs };
}

/** With which errors tasks failed, and how fresh that is. */
export interface ErrorsShown extends Freshness {
  errors: Errors;
}

/** The errors of a filter and a time. */
export async function getErrors(parameters: URLSearchParams, signal?: AbortSignal): Promise<ErrorsShown> {
  const { data, headers } = await call<Errors>(`/api/v1/errors?${parameters}`, { signal });
  return { errors: data, ...freshnessOf(headers) };
}

/** Cancels a task. `commandId` makes a repeat of the same request safe. */
export async function cancelTask(id: number, reason: string, commandId: string): Promise<void> {
  const said = reason === '' ? {} : { reason };
  await call(`/api/v1/tasks/${id}/cancel`, { body: said, headers: { 'Idempotency-Key': commandId } });
}

/** Finds out which tasks a bulk cancel would take, without taking any. */
export async function previewCancellation(filter: object, reason: string): Promise<Cancellation> {
  const said = reason === '' ? { filter } : { filter, reason };
  return (await call<Cancellation>('/api/v1/cancellations', { body: said })).data;
}

/** How far a bulk cancel has come. */
export async function getCancellation(id: string, signal?: AbortSignal): Promise<Cancellation> {
  return (await call<Cancellation>(cancellationPath(id), { signal })).data;
}

/** Carries out a bulk cancel, or goes on with it. */
export async function executeCancellation(id: string): Promise<void> {
  await call(`${cancellationPath(id)}/execute`, { body: {} });
}

/** What became of the tasks of a bulk cancel. */
export async function listCancellationTasks(
  path: string,
  signal?: AbortSignal,
): Promise<{ tasks: CancellationTask[]; next: string | undefined }> {
  const { data, headers } = await call<CancellationTask[]>(path, { signal });
  return { tasks: data, next: nextOf(headers) };
}

/** The path of a bulk cancel. */
export function cancellationPath(id: string): string {
  return `/api/v1/cancellations/${encodeURIComponent(id)}`;
}

interface Call {
  /** Sent as JSON by POST; without one it is a GET. */
  body?: object;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

async function call<Data>(
  path: string,
  { body, headers, signal }: Call,
): Promise<{ data: Data; headers: Headers }> {
  const timeout = AbortSignal.timeout(ANSWER_MS_MAX);
  const request: RequestInit = {
    headers: { ...headers },
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  };
  if (body !== undefined) {
    request.method = 'POST';
    request.body = JSON.stringify(body);
    request.headers = { ...headers, 'Content-Type': 'application/json' };
  }
  let response: Response;
  let envelope: { message: string; data: Data };
  try {
    response = await fetch(atBase(path), request);
    envelope = (await response.json()) as typeof envelope;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'Taskledger does not answer', { cause });
  }
  if (!response.ok) throw new ApiError(response.status, envelope.message);
  return { data: envelope.data, headers: response.headers };
}

function freshnessOf(headers: Headers): Freshness {
  return {
    position: headers.get('Taskledger-Position') ?? '',
    lagMs: Number(headers.get('Taskledger-Lag-Ms') ?? 0),
  };
}

/** The link to the next page (RFC 8288). */
function nextOf(headers: Headers): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('Link') ?? '')?.[1];
  return next && fromBase(next);
}
