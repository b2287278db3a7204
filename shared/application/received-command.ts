import type { TaskCommand } from '../domain/commands.js';
import type { EventOrigin } from '../domain/task.js';
import { SCHEMA_VERSION } from './stored-event.js';

/** A well-formed command, with who sent it and when it is said to have happened. */
export interface ReceivedCommand {
  command: TaskCommand;
  /** What it was sent as: a lifecycle event's type, or the subject of a command. */
  name: string;
  origin: EventOrigin;
  /** RFC 3339 with `Z` and milliseconds. */
  occurredAt: string | undefined;
  /** CloudEvents extension attributes. */
  extensions: Record<string, string>;
  /** Who asked, as far as was said. */
  principal: string;
}

/** The principal of a command that does not say who asked. */
export const ANONYMOUS = 'anonymous';

/**
 * The metadata of a stored event, without the hash chain: a flat map of strings. `$correlationId` and `$causationId` are
 * the names that EventStoreDB's own projections look for; a publisher sets them by the extensions `correlationid` and
 * `causationid`, else both are the id of the event that was sent.
 */
export function eventMetadata(received: ReceivedCommand, recordedAt: string): Record<string, string> {
  const { origin, occurredAt, extensions, principal } = received;
  const metadata: Record<string, string> = {
    source: origin.source,
    event_id: origin.id,
    $correlationId: extensions.correlationid ?? origin.id,
    $causationId: extensions.causationid ?? origin.id,
    principal,
    authenticated_by: 'none',
    recorded_at: recordedAt,
    schema_version: SCHEMA_VERSION,
  };
  if (occurredAt !== undefined) metadata.occurred_at = occurredAt;
  for (const name of Object.keys(extensions)) metadata[`ce_${name}`] = extensions[name] as string;
  return metadata;
}
