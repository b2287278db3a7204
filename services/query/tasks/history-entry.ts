import { isErasable } from '../../../shared/core/application/sealed-value.js';
import { stateAfter } from '../../../shared/core/application/stored-event.js';
import { openFacts } from '../../../shared/core/application/stored-facts.js';
import { openMetadata } from '../../../shared/core/application/stored-metadata.js';
import { upcast } from '../../../shared/core/application/upcasters.js';
import { withExactIntegers } from '../../../shared/core/contracts/exact-integers.js';
import { normalTime } from '../../../shared/core/contracts/time.js';
import { isTaskEventType } from '../../../shared/core/domain/events.js';
import type { JsonValue, JsonObject } from '../../../shared/core/domain/json.js';
import type { TaskSnapshot } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';

/**
 * A stored event as a history shows it, as JSON text: what it says with the sealed values opened, and all that is known
 * of it. An erased value is null, and named in `erased`. Types and versions that this program does not know are shown as
 * well, as they stand, and of a damaged event its place and what is wrong with it: a history leaves nothing out.
 *
 * @param prev The hash of the event before it, as that one has it; empty for the first.
 */
export function historyEntryJson(recorded: RecordedEvent, prev: string): string {
  const { revision, position, type, damage } = recorded;
  const { facts, after, metadata } = damage === undefined ? opened(recorded, prev) : NOTHING;
  const erased = Object.keys(facts).filter((name) => isErasable(name) && facts[name] === undefined);
  const data = { ...facts };
  for (const member of erased) data[member] = null;
  const shown = {
    revision,
    position,
    type,
    ...(damage !== undefined && { damage }),
    occurred_at: timeOf(metadata.occurred_at),
    recorded_at: timeOf(metadata.recorded_at),
    source: metadata.source ?? '',
    event_id: metadata.event_id ?? '',
    attempt: (after as { attempt?: number } | null)?.attempt ?? facts.attempt ?? null,
    principal: metadata.principal ?? '',
    hash: metadata.hash ?? '',
    prev,
    data,
    erased,
    after,
    metadata,
  };
  return withExactIntegers(JSON.stringify(shown));
}

/** What is shown of an event. */
interface Opened {
  facts: JsonObject;
  after: JsonValue | TaskSnapshot;
  metadata: Record<string, string>;
}

const NOTHING: Opened = { facts: {}, after: null, metadata: {} };

function opened(recorded: RecordedEvent, prev: string): Opened {
  try {
    const current = upcast(recorded);
    const { type, data } = current;
    const metadata = { ...openMetadata(current.metadata), prev };
    if (!isTaskEventType(type)) return { facts: openFacts(type, data), after: data.after ?? null, metadata };
    const after = stateAfter(current);
    return { facts: openFacts(type, data, after), after, metadata };
  } catch {
    const { type, data, metadata } = recorded;
    return { facts: openFacts(type, data), after: data.after ?? null, metadata };
  }
}

function timeOf(text: string | undefined): string | null {
  return text === undefined ? null : (normalTime(text) ?? text);
}
