import { CorruptStoreError } from '../contracts/errors.js';
import { normalTime } from '../contracts/time.js';
import { isTaskEventType, UnknownEventTypeError, type TaskEvent } from '../domain/events.js';
import { canonicalJson, type JsonObject, type JsonValue } from '../domain/json.js';
import { TASK_STATUSES, type TaskSnapshot } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';
import type { RecordedEvent } from '../ports/event-store.js';
import { taskIdOfStream } from './streams.js';

/** The version of the stored form that is written, as it stands in each event's metadata. */
export const SCHEMA_VERSION = '1';

/** `prev` of the first event of every stream. */
export const GENESIS_HASH = '0'.repeat(64);

/** The members of `data` that may hold what has to be forgotten one day. */
export const ERASABLE_MEMBERS = ['params', 'result', 'error_message', 'message', 'reason'] as const;

const ERASABLE_NAMES: ReadonlySet<string> = new Set(ERASABLE_MEMBERS);

/** Whether a member of `data` may have to be forgotten one day. */
export function isErasable(member: string): boolean {
  return ERASABLE_NAMES.has(member);
}

/**
 * An erasable value as it is stored: `hash` is SHA-256(salt ‖ JCS(value)), all that goes into the event's own hash. Value
 * and salt can be taken away, and the chain still verifies.
 */
export interface SealedValue {
  hash: string;
  /** 16 random bytes in hexadecimal digits; the hash takes the digits' text. */
  salt?: string;
  value?: JsonValue;
}

/** Where an event stands. */
export interface StreamPlace {
  stream: string;
  revision: number;
}

/**
 * The hash of an event: SHA-256 over the JCS text of `{v, stream, revision, type, data′, metadata}`, where `data′` has
 * each sealed member replaced by its hash.
 *
 * @param metadata Without `hash`.
 */
export function hashOf(
  place: StreamPlace,
  type: string,
  data: JsonObject,
  metadata: Record<string, string>,
  crypto: Crypto,
): string {
  return crypto.sha256(hashText(place, type, canonicalJson(withoutValues(data)), canonicalJson(metadata)));
}

/**
 * The JCS text of `{v, stream, revision, type, data′, metadata}`, its members in canonical order.
 *
 * @param data The JCS text of `data′`.
 * @param metadata The JCS text of the metadata without `hash`.
 */
export function hashText(
  { stream, revision }: StreamPlace,
  type: string,
  data: string,
  metadata: string,
): string {
  return `{"data":${data},"metadata":${metadata},"revision":${revision},"stream":${JSON.stringify(stream)},"type":${JSON.stringify(type)},"v":1}`;
}

/** A version 8 UUID (RFC 9562, section 5.8): the first 128 bits of a hash, six of them replaced by version and variant. */
export function eventIdOf(hash: string): string {
  const variant = ((parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** The effective time of a stored event: the earlier of what the publisher said and what our clock said. */
export function effectiveTime(metadata: Record<string, string>): string {
  const { recorded_at = '', occurred_at = recorded_at } = metadata;
  return occurred_at < recorded_at ? occurred_at : recorded_at;
}

/**
 * The state of a task after a stored event, without the rest of it.
 *
 * @throws UnknownEventTypeError for a type that this version does not know.
 * @throws CorruptStoreError for a schema version that it does not know, or data that is not what this version wrote.
 */
export function stateAfter(event: RecordedEvent): TaskSnapshot {
  const { type, stream, revision, data, metadata } = event;
  if (event.damage !== undefined) throw new CorruptStoreError(`${stream}@${revision}: ${event.damage}`);
  if (!isTaskEventType(type)) throw new UnknownEventTypeError(type);
  if (metadata.schema_version !== SCHEMA_VERSION) {
    throw new CorruptStoreError(
      `${stream}@${revision} has schema version ${metadata.schema_version ?? 'none'}; this program reads ${SCHEMA_VERSION}`,
    );
  }
  const { after } = data;
  if (isSnapshot(after, taskIdOfStream(stream))) return after;
  throw new CorruptStoreError(`${stream}@${revision} does not hold the state of the task after it`);
}

/**
 * Reads a stored event of a task's stream.
 *
 * @throws UnknownEventTypeError and CorruptStoreError as `stateAfter` does.
 */
export function openEvent(recorded: RecordedEvent): TaskEvent {
  const after = stateAfter(recorded);
  const { type, metadata } = recorded;
  const facts = openFacts(recorded.data);
  // Empty parameters are not stored; parameters that are stored without a value were erased.
  if (type === 'TaskCreated' && !('params' in facts)) facts.params = {};
  return {
    type,
    facts,
    origin: { source: metadata.source ?? '', id: metadata.event_id ?? '' },
    namespace: after.namespace,
    taskId: after.task_id,
    at: effectiveTime(metadata),
    after,
  } as TaskEvent;
}

/** Whether it has what lists and details are made of; the rest is what `evolve` gives. */
function isSnapshot(after: unknown, taskId: number): after is TaskSnapshot {
  if (typeof after !== 'object' || after === null) return false;
  const { status, task_id, project_id, progress, total, created_at } = after as TaskSnapshot;
  return (
    TASK_STATUSES.includes(status) &&
    task_id === taskId &&
    [project_id, progress, total].every(Number.isSafeInteger) &&
    typeof created_at === 'string' &&
    normalTime(created_at) === created_at
  );
}

/**
 * What stored data says happened, without the state after it; each sealed member is replaced by its value, which is
 * `undefined` once it was erased.
 */
export function openFacts(data: JsonObject): JsonObject {
  const facts: JsonObject = {};
  for (const name in data) {
    if (name === 'after') continue;
    const member = data[name];
    facts[name] = isErasable(name) ? (member as unknown as SealedValue).value : member;
  }
  return facts;
}

function withoutValues(data: JsonObject): JsonObject {
  let hashed = data;
  for (const member of ERASABLE_MEMBERS) {
    const sealed = data[member];
    if (sealed === undefined) continue;
    if (hashed === data) hashed = { ...data };
    hashed[member] = (sealed as unknown as SealedValue).hash;
  }
  return hashed;
}
