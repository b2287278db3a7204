import { randomUUID } from 'node:crypto';
import { TaskledgerRefusedError } from './errors.js';
import type { JsonObject } from './types.js';
import type { EVENT_TYPES } from './wire.js';

/** The types of lifecycle events. */
export type TaskEventType = (typeof EVENT_TYPES)[number];

/** The most events that one request may carry. */
export const BATCH_EVENTS_MAX = 1_000;

/** How large one request may be: what Taskledger takes over NATS, less some room for subjects. */
export const BATCH_BYTES_MAX = 480 * 1024;

/** How large Taskledger takes one event to be, as JSON. */
export const EVENT_BYTES_MAX = 240 * 1024;

/** A lifecycle event, a CloudEvent 1.0 in its JSON format, as the text that is kept and sent. */
export interface TaskEvent {
  /** Unique within its source: by it, Taskledger recognises an event that is sent again. */
  id: string;
  type: TaskEventType;
  /** The event as JSON; without `subject` where it is about a task whose id may not be known yet. */
  text: string;
  bytes: number;
}

/**
 * Makes an event of now, with an id of its own.
 *
 * @param key For `task.created`: the task's key.
 * @throws TaskledgerRefusedError (413) when it is larger than Taskledger takes.
 * @throws TypeError when `data` can't be said in JSON.
 */
export function taskEvent(source: string, type: TaskEventType, data: JsonObject, key?: string): TaskEvent {
  const id = randomUUID();
  const subject = key === undefined ? {} : { subject: key };
  const time = new Date().toISOString();
  const event = { specversion: '1.0', id, source, type, ...subject, time };
  const text = JSON.stringify({ ...event, datacontenttype: 'application/json', data });
  const bytes = Buffer.byteLength(text);
  if (bytes > EVENT_BYTES_MAX) {
    const message = `The event is too large with ${bytes} bytes of JSON; at most ${EVENT_BYTES_MAX} are allowed`;
    throw new TaskledgerRefusedError(message, 413);
  }
  return { id, type, text, bytes };
}

/** The event's text, about a task. */
export function withSubject(text: string, taskId: number): string {
  return `{"subject":"${taskId}",${text.slice(1)}`;
}
