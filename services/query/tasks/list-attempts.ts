import { openEvent } from '../../../shared/core/application/stored-event.js';
import { taskStream } from '../../../shared/core/application/streams.js';
import { BrokenStreamError } from '../../../shared/core/contracts/errors.js';
import {
  ATTEMPTS_LISTED_MAX,
  noAttempts,
  withAttemptEvent,
  type AttemptEvent,
  type AttemptList,
} from '../../../shared/core/domain/attempt-list.js';
import { isMessageAlone } from '../../../shared/core/domain/attempts.js';
import { isTaskEventType, type TaskEvent } from '../../../shared/core/domain/events.js';
import { checkedEvents, type CheckedReads } from './checked-events.js';

/** How many of a task's last events are looked at for its attempts. */
export const ATTEMPT_EVENTS_MAX = 10_000;

/** The reading ends with the event that brings what was read to so many characters: events can be large. */
const CHARACTERS_MAX = 8 * 1024 * 1024;

/**
 * A task's last attempts, out of the ledger and verified. It reads backwards until there are enough of them, or it has read
 * enough; the first that is listed may then lack its beginning.
 *
 * @throws BrokenStreamError when something of what was read does not verify.
 */
export async function listAttempts(reads: CheckedReads, taskId: number): Promise<AttemptList['attempts']> {
  const events: AttemptEvent[] = [];
  const numbers = new Set<number>();
  let characters = 0;
  let isWhole = false;
  const last = { direction: 'backwards', limit: ATTEMPT_EVENTS_MAX } as const;
  for await (const { event: recorded, fault } of checkedEvents(reads, taskStream(taskId), last)) {
    if (fault !== undefined) throw new BrokenStreamError(fault);
    isWhole = recorded.revision === 0;
    if (!isTaskEventType(recorded.type)) continue;
    const event = openEvent(recorded);
    if (!isMessageAlone(event)) {
      numbers.add(event.after.attempt);
      if (numbers.size > ATTEMPTS_LISTED_MAX) break;
      // Of reports of progress in a row the first one says as much as all of them.
      const newer = events.at(-1);
      if (newer !== undefined && isProgressOf(event, newer)) events.pop();
      events.push(keptOf(event));
    }
    for (const said of Object.values(event.facts)) if (typeof said === 'string') characters += said.length;
    if (characters > CHARACTERS_MAX) break;
  }
  const before = isWhole ? 0 : Math.max(0, (events.at(-1)?.after.attempt ?? 0) - 1);
  return events.reduceRight(withAttemptEvent, noAttempts(before)).attempts;
}

function isProgressOf({ type, after }: AttemptEvent, newer: AttemptEvent): boolean {
  return (
    type === 'TaskProgressed' && newer.type === 'TaskProgressed' && after.attempt === newer.after.attempt
  );
}

/** As much of an event as is needed: many are kept, and their messages and results can be large. */
function keptOf({ type, facts, at, after }: TaskEvent): AttemptEvent {
  const said = facts as Record<string, unknown>;
  const { progress, error_type, error_message, retry_at } = said;
  const kept = { attempt: said.attempt, progress, error_type, error_message, retry_at };
  return {
    type,
    facts: kept,
    at,
    after: { attempt: after.attempt, worker: after.worker },
  };
}
