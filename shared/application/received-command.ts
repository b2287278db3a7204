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
 * The metadata of a stored event, a flat map of strings: the members of its JCS text, without the hash. `$correlationId`
 * and `$causationId` are the names that EventStoreDB's own projections look for; a publisher sets them by the extensions
 * `correlationid` and `causationid`, else both are the id of the event that was sent; what the ledger itself led to says
 * so in their place.
 *
 * @param prev The hash of the event before it in its stream.
 */
export function eventMetadata(
  { origin, occurredAt, extensions, principal, cause }: ReceivedCommand,
  recordedAt: string,
  prev: string,
): string {
  // By hand, since every event has it. In alphabetical order, which is the canonical one; what is not quoted by
  // `JSON.stringify` needs no escaping.
  const eventId = JSON.stringify(origin.id);
  const causationId = cause?.causationId ?? extensions.causationid;
  const correlationId = cause?.correlationId ?? extensions.correlationid;
  let named = '';
  for (const name of Object.keys(extensions).sort()) {
    named += `,"ce_${name}":${JSON.stringify(extensions[name])}`;
  }
  const occurred = occurredAt === undefined ? '' : `,"occurred_at":"${occurredAt}"`;
  return (
    `"$causationId":${causationId === undefined ? eventId : JSON.stringify(causationId)}` +
    `,"$correlationId":${correlationId === undefined ? eventId : JSON.stringify(correlationId)}` +
    `,"authenticated_by":"none"${named},"event_id":${eventId}${occurred},"prev":"${prev}"` +
    `,"principal":${JSON.stringify(principal)},"recorded_at":"${recordedAt}"` +
    `,"schema_version":"${SCHEMA_VERSION}","source":${JSON.stringify(origin.source)}`
  );
}
