import { TaskledgerUnavailableError } from '../../clients/typescript/src/errors.js';
import type { ServerSentEvent } from '../../clients/typescript/src/event-stream-parser.js';
import { resumingStream } from '../../clients/typescript/src/resuming-stream.js';
import type { TaskItem } from '../../clients/typescript/src/wire.js';
import type { Connection } from './connection.js';
import { note } from './output.js';
import { printable } from './printable.js';

/** How long a stream that was there may be lost until it is given up. */
const LOST_MS_MAX = 10 * 60 * 1000;

/** A change of a task. */
export interface FollowedChange {
  /** Whether the task does not match the filter any more. */
  left: boolean;
  /** Where in the ledger. */
  position: string;
  task: TaskItem;
}

/**
 * The changes of an event stream, over as many connections as it takes, without a gap or a double; says on stderr when it is lost
 * and when it is there again. Ends when there is no more to come, and when `gone` is aborted.
 *
 * @param after The position to start after; without it, now.
 * @throws TaskledgerUnavailableError when the stream can't be had at first, or is lost for too long.
 * @throws TaskledgerRefusedError
 */
export async function* followedChanges(
  { http, retry }: Connection,
  path: string,
  { after, gone }: { after?: string | undefined; gone: AbortSignal },
): AsyncGenerator<FollowedChange> {
  const ended = new AbortController();
  const signal = AbortSignal.any([gone, ended.signal]);
  let wasOpen = false;
  let failures = 0;
  let lostAtMs: number | undefined;
  let givenUp: Error | undefined;
  const events = resumingStream(http.url(path), {
    ...{ retry, signal, after, keepsProcess: true },
    onOpen: () => {
      if (lostAtMs !== undefined) note('the connection is there again');
      [wasOpen, lostAtMs] = [true, undefined];
    },
    onLost: (error) => {
      if (wasOpen && lostAtMs === undefined) note(`${printable(error.message)}; trying again`);
      if (wasOpen) lostAtMs ??= performance.now();
      const lostMs = performance.now() - (lostAtMs ?? performance.now());
      if (wasOpen ? lostMs < LOST_MS_MAX : ++failures < retry.attemptsMax) return;
      givenUp = error;
      ended.abort();
    },
  });
  try {
    for await (const event of events) {
      const change = changeOf(event);
      if (change !== undefined) yield change;
    }
  } finally {
    ended.abort();
  }
  if (givenUp !== undefined) throw givenUp;
}

/** An event as a change; nothing for one of another kind, which a later version may send. */
function changeOf({ id = '', event, data }: ServerSentEvent): FollowedChange | undefined {
  if (event !== 'task' && event !== 'left') return undefined;
  try {
    return { left: event === 'left', position: id, task: JSON.parse(data) as TaskItem };
  } catch (cause) {
    throw new TaskledgerUnavailableError('The event stream is not one of Taskledger', undefined, { cause });
  }
}
