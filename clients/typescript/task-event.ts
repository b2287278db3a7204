import { randomUUID } from 'node:crypto';
import { successData, type JsonHttp } from './json-http.js';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';
import { withRetries, type RetryPolicy } from './retries.js';
import type { EventOutcome, JsonObject } from './types.js';

/** The types of lifecycle events. */
export type TaskEventType =
  'task.created' | 'task.started' | 'task.progressed' | 'task.completed' | 'task.failed' | 'task.cancelled';

/** A lifecycle event as CloudEvents 1.0 in its JSON format. */
export interface TaskEvent {
  specversion: '1.0';
  /** Unique within `source`: by it, Taskledger recognises an event that is sent again. */
  id: string;
  source: string;
  type: TaskEventType;
  /** The task's id in digits or its key; on created its key or nothing. */
  subject?: string;
  time: string;
  datacontenttype: 'application/json';
  data: JsonObject;
}

/** Makes an event of now, with an id of its own. */
export function taskEvent(
  source: string,
  type: TaskEventType,
  subject: string | undefined,
  data: JsonObject,
): TaskEvent {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source,
    type,
    ...(subject === undefined ? {} : { subject }),
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}

/** The most events that one request may carry. */
export const BATCH_EVENTS_MAX = 1_000;

/**
 * Sends events in their order and answers their outcomes, each `accepted`, `duplicate` or `rejected`. What was
 * unavailable is sent again under the same ids, so nothing can take effect twice.
 *
 * @param events 1 to `BATCH_EVENTS_MAX` events.
 * @throws TaskledgerUnavailableError when the tries are used up: which events took effect is unknown.
 * @throws TaskledgerRefusedError when the request as a whole was refused.
 */
export async function sendEvents(
  http: JsonHttp,
  events: TaskEvent[],
  policy: RetryPolicy,
): Promise<EventOutcome[]> {
  const outcomes = new Map<string, EventOutcome>();
  await withRetries(policy, async () => {
    const left = events.filter((event) => !outcomes.has(event.id));
    const answer = await post(http, left);
    // A single event's outcome is the HTTP status as well, so a list of outcomes counts whatever the status.
    const answered = (Array.isArray(answer.data) ? answer.data : successData(answer)) as EventOutcome[];
    if (!Array.isArray(answered) || answered.length !== left.length) {
      throw new TaskledgerRefusedError('The answer is not one outcome for each event', answer.status);
    }
    let unavailable: string | undefined;
    answered.forEach((outcome, at) => {
      if (outcome.outcome === 'unavailable') unavailable ??= outcome.message;
      else outcomes.set((left[at] as TaskEvent).id, outcome);
    });
    if (unavailable !== undefined) throw new TaskledgerUnavailableError(unavailable, answer.retryAfterMs);
  });
  return events.map((event) => outcomes.get(event.id) as EventOutcome);
}

/** One event goes in the structured mode, several in the batched mode (CloudEvents HTTP binding 1.0.2, section 3). */
function post(http: JsonHttp, events: TaskEvent[]): ReturnType<JsonHttp['request']> {
  const single = events.length === 1;
  return http.request('POST', '/api/v1/events', JSON.stringify(single ? events[0] : events), {
    'content-type': single ? 'application/cloudevents+json' : 'application/cloudevents-batch+json',
  });
}
