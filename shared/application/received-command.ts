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
  /** What in the ledger led to it, where something did: a bulk cancel. */
  cause?: { correlationId: string; causationId: string };
}

/** The principal of a command that does not say who asked. */
export const ANONYMOUS = 'anonymous';

/**
 * The metadata of a stored event, without its hash: a flat map of strings. `$correlationId` and `$causationId` are
 * the names that EventStoreDB's own projections look for; a publisher sets them by the extensions `correlationid` and
 * `causationid`, else both are the id of the event that was sent; what the ledger itself led to says so in their place.
 *
 * @param prev The hash of the event before it in its stream.
 */
export function eventMetadata(
  { origin, occurredAt, extensions, principal, cause }: ReceivedCommand,
  recordedAt: string,
  prev: string,
): Record<string, string> {
  // In alphabetical order, which is the canonical one.
  const metadata: Record<string, string> = {
    $causationId: cause?.causationId ?? extensions.causationid ?? origin.id,
    $correlationId: cause?.correlationId ?? extensions.correlationid ?? origin.id,
    authenticated_by: 'none',
  };
  for (const name of Object.keys(extensions).sort()) metadata[`ce_${name}`] = extensions[name] as string;
  metadata.event_id = origin.id;
  if (occurredAt !== undefined) metadata.occurred_at = occurredAt;
  metadata.prev = prev;
  metadata.principal = principal;
  metadata.recorded_at = recordedAt;
  metadata.schema_version = SCHEMA_VERSION;
  metadata.source = origin.source;
  return metadata;
}
