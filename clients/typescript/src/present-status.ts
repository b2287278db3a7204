import type { JsonHttp } from './json-http.js';
import { openEventStream } from './server-sent-events.js';
import type { TaskStatus } from './types.js';

/**
 * The status that a task has in the ledger at this moment: its own event stream begins with it, while its detail may be a
 * little behind. Where the stream can't be had, the detail has to do.
 *
 * @throws TaskledgerUnavailableError, TaskledgerRefusedError
 */
export async function presentStatus(http: JsonHttp, taskId: number): Promise<TaskStatus> {
  return (await streamedStatus(http, taskId).catch(() => undefined)) ?? shownStatus(http, taskId);
}

/** The status that a task's detail shows. @throws TaskledgerUnavailableError, TaskledgerRefusedError */
export async function shownStatus(http: JsonHttp, taskId: number): Promise<TaskStatus> {
  const detail = (await http.data('GET', `/api/v1/tasks/${taskId}`)) as { status: TaskStatus };
  return detail.status;
}

async function streamedStatus(http: JsonHttp, taskId: number): Promise<TaskStatus | undefined> {
  const signal = AbortSignal.timeout(http.requestTimeoutMs);
  const request = { lastEventId: undefined, signal, keepsProcess: true };
  const events = await openEventStream(http.url(`/api/v1/tasks/${taskId}/stream`), request);
  for await (const { data } of events ?? [])
    if (data !== '') return (JSON.parse(data) as { status: TaskStatus }).status;
  return undefined;
}
