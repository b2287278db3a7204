import { allTaken, postRequest, sendRows } from './http-posts.js';
import { BATCH_TYPE, CHANGES_PER_TASK, EVENT_TYPE, life, lifeBatches, TASKS_PER_BATCH } from './lives.js';
import { APPENDERS } from './raw-ledger.js';

/** Where events are published. */
export const eventsUrl = (url: string): string => `${url}/api/v1/events`;

/** A row of requests with the six batches of the lives of 100 new tasks. */
export function lifeRow(url: string): Buffer[] {
  return lifeBatches().map((batch) => postRequest(eventsUrl(url), BATCH_TYPE, batch));
}

/** That many such rows, made before they are needed. */
export function lifeRows(url: string, rows: number): Buffer[][] {
  return Array.from({ length: rows }, () => lifeRow(url));
}

/** Rows of requests, each with the six events of one new task by themselves. */
export function singleRows(url: string, tasks: number): Buffer[][] {
  const to = eventsUrl(url);
  return Array.from({ length: tasks }, () => life().map((event) => postRequest(to, EVENT_TYPE, event)));
}

/**
 * Publishes the lives of tasks in batches over as many connections as the limit has appenders; fails unless all events are
 * accepted.
 *
 * @returns How long it took, in milliseconds.
 */
export function publishLives(url: string, rows: Iterable<readonly Buffer[]>): Promise<number> {
  return sendRows(url, rows, APPENDERS, allTaken(TASKS_PER_BATCH));
}

/** Events a second that the program accepts of so many rows. */
export async function ingestRate(url: string, rows: readonly (readonly Buffer[])[]): Promise<number> {
  const ms = await publishLives(url, rows);
  return (rows.length * TASKS_PER_BATCH * CHANGES_PER_TASK * 1000) / ms;
}
