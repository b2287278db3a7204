import { ANONYMOUS, UNCHECKED } from '../contracts/caller.js';
import { OWN_SOURCE_PREFIX } from '../contracts/lifecycle-events.js';
import type { AskedBy } from './asked-by.js';
import type { ReceivedCommand } from './received-command.js';
import { SCHEMA_VERSION } from './upcasters.js';

/** How the names of CloudEvents extensions start in the stored metadata. */
const EXTENSION_PREFIX = 'ce_';

/**
 * The metadata of an event that somebody has sent, a flat map of strings: the members of its JCS text, without the hash.
 * What equals its default is left out (`openMetadata`).
 *
 * `$correlationId` and `$causationId` are the names that EventStoreDB's own projections look for. What the ledger itself
 * led to has them from there; else they are the extensions `correlationid` and `causationid`, which do not stand twice.
 */
export function eventMetadata(
  { origin, occurredAt, extensions, principal, authenticatedBy = UNCHECKED, cause }: ReceivedCommand,
  recordedAt: string,
): string {
  // By hand, since every event has it. In alphabetical order, which is the canonical one; what is not quoted by
  // `JSON.stringify` needs no escaping.
  const causationId = cause === undefined ? extensions.causationid : cause.causationId;
  const correlationId = cause === undefined ? extensions.correlationid : cause.correlationId;
  let text = causationId === undefined ? '' : `"$causationId":${JSON.stringify(causationId)},`;
  if (correlationId !== undefined) text += `"$correlationId":${JSON.stringify(correlationId)},`;
  if (authenticatedBy !== UNCHECKED) text += `"authenticated_by":${JSON.stringify(authenticatedBy)},`;
  text += extensionsJson(extensions, cause !== undefined);
  text += `"event_id":${JSON.stringify(origin.id)}`;
  if (occurredAt !== undefined) text += `,"occurred_at":"${occurredAt}"`;
  if (principal !== ANONYMOUS) text += `,"principal":${JSON.stringify(principal)}`;
  return `${text},"recorded_at":"${recordedAt}","source":${JSON.stringify(origin.source)}`;
}

/** What the metadata of an event of the ledger's own says of who asked for it. */
export function askedMetadata({ principal, authenticatedBy }: AskedBy): Record<string, string> {
  return {
    ...(authenticatedBy !== UNCHECKED && { authenticated_by: authenticatedBy }),
    ...(principal !== ANONYMOUS && { principal }),
  };
}

function extensionsJson(extensions: Record<string, string>, withIds: boolean): string {
  let text = '';
  for (const name of Object.keys(extensions).sort()) {
    if (!withIds && (name === 'causationid' || name === 'correlationid')) continue;
    text += `"${EXTENSION_PREFIX}${name}":${JSON.stringify(extensions[name])},`;
  }
  return text;
}

/**
 * All that the metadata of a stored event says, with the defaults of what was left out, and each extension by a name of
 * its own: `ce_…`.
 *
 * @param metadata As `upcast` gives it, of an event that somebody has sent: it has an `event_id`.
 */
export function openMetadata(metadata: Record<string, string>): Record<string, string> {
  const { event_id = '', source = '', $correlationId, $causationId } = metadata;
  const opened: Record<string, string> = {
    authenticated_by: UNCHECKED,
    principal: ANONYMOUS,
    schema_version: SCHEMA_VERSION,
    ...metadata,
    $correlationId: $correlationId ?? event_id,
    $causationId: $causationId ?? event_id,
  };
  // What has a source of the ledger's own may have them from what led to it.
  if (!source.startsWith(OWN_SOURCE_PREFIX)) {
    if ($correlationId !== undefined) opened.ce_correlationid = $correlationId;
    if ($causationId !== undefined) opened.ce_causationid = $causationId;
  }
  return opened;
}

/** The CloudEvents extensions in opened metadata, by their own names. */
export function extensionsOf(opened: Record<string, string>): Record<string, string> {
  const extensions: Record<string, string> = {};
  for (const name in opened) {
    if (name.startsWith(EXTENSION_PREFIX))
      extensions[name.slice(EXTENSION_PREFIX.length)] = opened[name] as string;
  }
  return extensions;
}
