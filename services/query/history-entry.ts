import { ERASABLE_MEMBERS, openFacts } from '../../shared/application/stored-event.js';
import { normalTime } from '../../shared/contracts/time.js';
import type { RecordedEvent } from '../../shared/ports/event-store.js';

/**
 * A stored event as a history shows it, as JSON text: what it says with the sealed values opened, and all that is known
 * of it. An erased value is null, and named in `erased`. Types that this version does not know are shown as well: a
 * history leaves nothing out.
 */
export function historyEntryJson({ revision, position, type, data, metadata }: RecordedEvent): string {
  const { after = null } = data;
  const opened = openFacts(data);
  const erased = ERASABLE_MEMBERS.filter((member) => member in opened && opened[member] === undefined);
  for (const member of erased) opened[member] = null;
  return JSON.stringify({
    revision,
    position,
    type,
    occurred_at: timeOf(metadata.occurred_at),
    recorded_at: timeOf(metadata.recorded_at),
    source: metadata.source ?? '',
    event_id: metadata.event_id ?? '',
    attempt: (after as { attempt?: number } | null)?.attempt ?? opened.attempt ?? null,
    principal: metadata.principal ?? '',
    hash: metadata.hash ?? '',
    prev: metadata.prev ?? '',
    data: opened,
    erased,
    after,
    metadata,
  });
}

function timeOf(text: string | undefined): string | null {
  return text === undefined ? null : (normalTime(text) ?? text);
}
