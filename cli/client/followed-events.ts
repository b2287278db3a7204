import { TaskledgerUnavailableError } from '../../clients/typescript/src/errors.js';
import { resumingStream } from '../../clients/typescript/src/resuming-stream.js';
import type { TaskItem } from '../../clients/typescript/src/wire.js';
import type { Connection } from './connection.js';
import { note } from './output.js';
import { printable } from './printable.js';

/** How long a stream that was there may be lost until it is given up. */
const LOST_MS_MAX = 10 * 60 * 1000;

/** An event of a stream. */
export interface FollowedEvent {
  /** Where the stream goes on after it. */
  id: string;
  event: string;
  data: unknown;
}

/** A change of a task. */
export interface FollowedChange {
  /** Whether the task does not match the filter any more. */
  left: boolean;
  /** Where in the ledger. */
  position: string;
  task: TaskItem;
}

/** How a stream is followed. */
interface Following {
  /** The id to start after; without it, now. */
  after?: string | undefined;
  gone: AbortSignal;
}

/**
 * The changes of an event stream, followed as `followedEvents` does.
 *
 * @throws as that does.
 */
export async function* followedChanges(
  connection: Connection,
  path: string,
  following: Following,
): AsyncGenerator<FollowedChange> {
  const events = followedEvents(connection, path, ['task', 'left'], following);
  for await (const { id, event, data } of events)
    yield { left: event === 'left', position: id, task: data as TaskItem };
}

/**
 * The events of a stream, over as many connections as it takes, without a gap or a double; says on stderr when it is lost
 * and when it is there again. Ends when there is no more to come, and when `gone` is aborted.
 *
 * @param names Those that are wanted: a later version may send others.
 * @throws TaskledgerUnavailableError when the stream can't be had at first, or is lost for too long.
 * @throws TaskledgerRefusedError
 */
export async function* followedEvents(
  { http, retry }: Connection,
  path: string,
  names: readonly string[],
  { after, gone }: Following,
): AsyncGenerator<FollowedEvent> {
  const ended = new AbortController();
  const signal = AbortSignal.any([gone, ended.signal]);
  let wasOpen = false;
  let failures = 0;
  let lostAtMs: number | undefined;
  let isSaid = false;
  let givenUp: Error | undefined;
  const events = resumingStream(http.url(path), {
    ...{ retry, signal, after, keepsProcess: true },
    onOpen: () => {
      if (isSaid) note('the connection is there again');
      [wasOpen, lostAtMs, isSaid] = [true, undefined, false];
    },
    onLost: (error) => {
      // One that is over ends as well: it is lost once it can't be had again.
      if (lostAtMs !== undefined && !isSaid) {
        note(`${printable(error.message)}; trying again`);
        isSaid = true;
      }
      if (wasOpen) lostAtMs ??= performance.now();
      const lostMs = performance.now() - (lostAtMs ?? performance.now());
      if (wasOpen ? lostMs < LOST_MS_MAX : ++failures < retry.attemptsMax) return;
      givenUp = error;
      ended.abort();
    },
  });
  try {
    for await (const { id = '', event = '', data } of events)
      if (names.includes(event)) yield { id, event, data: jsonOf(data) };
  } finally {
    ended.abort();
  }
  if (givenUp !== undefined) throw givenUp;
}

function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new TaskledgerUnavailableError('The event stream is not one of Taskledger', undefined, { cause });
  }
}
