import { stateAfter } from '../../../shared/core/application/stored-event.js';
import { openFacts } from '../../../shared/core/application/stored-facts.js';
import { upcast } from '../../../shared/core/application/upcasters.js';
import { normalTime } from '../../../shared/core/contracts/time.js';
import { MESSAGE_LEVELS, type MessageLevel } from '../../../shared/core/domain/events.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';

/** The level of a message that says none. */
const LEVEL_DEFAULT: MessageLevel = 'info';

/** A message that came with an event of a task, as it is shown. */
export interface TaskMessage {
  /** Its event's place in the task, from 0, by which messages are gone on from. */
  revision: number;
  /** Its event's place in the whole ledger. */
  position: string;
  recorded_at: string | null;
  /** As the publisher said; null where nothing was. */
  occurred_at: string | null;
  /** The attempt that it is of; 0 before the first. */
  attempt: number;
  level: MessageLevel;
  /** `null` once it was erased. */
  message: string | null;
  erased: boolean;
  /** The progress that it came with; null where it came alone. */
  progress: number | null;
}

/**
 * The message of a stored event.
 *
 * @returns `undefined` for an event without one, and for one that can't be read.
 */
export function taskMessageOf(recorded: RecordedEvent): TaskMessage | undefined {
  if (recorded.type !== 'TaskProgressed' || !('message' in recorded.data)) return undefined;
  try {
    const { type, data, metadata, revision, position } = upcast(recorded);
    const after = stateAfter(recorded);
    const { message, level, progress, attempt } = openFacts(type, data, after) as {
      message?: string;
      level?: string;
      progress?: number;
      attempt?: number;
    };
    return {
      revision,
      position,
      recorded_at: timeOf(metadata.recorded_at),
      occurred_at: timeOf(metadata.occurred_at),
      attempt: attempt ?? after.attempt,
      level: MESSAGE_LEVELS.find((known) => known === level) ?? LEVEL_DEFAULT,
      message: message ?? null,
      erased: message === undefined,
      progress: progress ?? null,
    };
  } catch {
    return undefined;
  }
}

function timeOf(text: string | undefined): string | null {
  return text === undefined ? null : (normalTime(text) ?? text);
}
