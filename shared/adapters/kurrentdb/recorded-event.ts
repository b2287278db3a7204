import { CorruptStoreError } from '../../core/contracts/errors.js';
import type { JsonObject } from '../../core/domain/json.js';
import type { RecordedEvent } from '../../core/ports/event-store.js';
import { eventPosition, type LogPosition } from './position.js';

/** An event as the client gives it, whoever wrote it. */
export interface ClientEvent {
  streamId: string;
  id: string;
  type: string;
  revision: bigint;
  data: unknown;
  metadata: unknown;
  position?: LogPosition | undefined;
}

/**
 * An event as the port has it. What others have written to the same store may be no JSON object, or carry metadata that
 * is no map of strings: such parts are left out, our own streams have none.
 *
 * @throws CorruptStoreError when the store gives no position with it (EventStoreDB before 22.10 did so for streams).
 */
export function recordedEvent(event: ClientEvent): RecordedEvent {
  const { id, type, streamId: stream, revision } = event;
  const position = eventPosition(event.position?.commit);
  if (position === undefined) {
    throw new CorruptStoreError(
      `Event ${revision} of ${stream} came without a position; KurrentDB is too old`,
    );
  }
  const data = isObject(event.data) ? event.data : {};
  const metadata = stringsOf(event.metadata);
  return { id, type, data, metadata, stream, revision: Number(revision), position };
}

function stringsOf(metadata: unknown): Record<string, string> {
  if (!isObject(metadata)) return {};
  const entries = Object.entries(metadata);
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    return metadata as Record<string, string>;
  }
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
