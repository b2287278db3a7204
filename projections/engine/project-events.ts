import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { ParkedStream } from '../../shared/core/ports/read-model.js';
import type { Projection } from './projection.js';

/** What became of some events. */
export interface ProjectedEvents<Change> {
  changes: readonly Change[];
  /** Streams with an event that can't be projected: the first such event of each. */
  parked: ParkedStream[];
}

/**
 * Projects events one by one. The events of a stream after one that can't be projected, or of a stream that is parked
 * already, are left out: they wait for it.
 *
 * @param isParked Whether a stream is parked already.
 * @param parkedAt RFC 3339 with `Z` and milliseconds.
 */
export function projectEvents<Change>(
  projection: Projection<Change>,
  events: readonly RecordedEvent[],
  isParked: (stream: string) => boolean,
  parkedAt: string,
): ProjectedEvents<Change> {
  const changes: Change[] = [];
  const parked = new Map<string, ParkedStream>();
  for (const event of events) {
    const { stream, revision, position } = event;
    if (isParked(stream) || parked.has(stream)) continue;
    try {
      const change = projection.project(event);
      if (change !== undefined) changes.push(change);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      parked.set(stream, { projection: projection.name, stream, revision, position, reason, parkedAt });
    }
  }
  return { changes: projection.merge(changes), parked: [...parked.values()] };
}
