import { crc32 } from 'node:zlib';
import { InvalidRequestError } from '../../../core/contracts/errors.js';
import { utf8Length, UTF8_BYTES_PER_UNIT_MAX } from '../../../core/contracts/utf8.js';
import { eventIdOf } from '../../../core/domain/event-id.js';
import type { JsonObject } from '../../../core/domain/json.js';
import type { NewEvent, RecordedEvent } from '../../../core/ports/event-store.js';
import type { ByteSlab } from './byte-slab.js';
import { formatPosition } from './position.js';

/** The largest record that is taken, in bytes. What the domain allows of an event is far less. */
export const RECORD_BYTES_MAX = 1024 * 1024;

/** Length and CRC of what follows. */
export const RECORD_HEADER_BYTES = 8;

// From the end of the record's header on.
const POSITION_AT = 0;
const REVISION_AT = 6;
const STREAM_BYTES_AT = 10;
const STREAM_AT = 12;

/** The shortest payload: a stream's name of one byte and `["",{},{}]`. */
const PAYLOAD_BYTES_MIN = STREAM_AT + 1 + 10;

/** An event as it stands in the log; its content is not looked at until somebody wants it. */
export interface EventRecord {
  /** Where its record begins. */
  address: number;
  position: number;
  stream: string;
  revision: number;
  /** What its CRC is of; `undefined` when that is not what was written. */
  payload: Buffer | undefined;
  /** The event, once somebody wanted it. */
  event?: RecordedEvent;
}

/**
 * The record of an event whose position is not known yet: `placeRecord` completes it.
 *
 * @throws InvalidRequestError when it is too large.
 */
export function encodeRecord(stream: string, revision: number, event: NewEvent, slab: ByteSlab): Buffer {
  const { id, type, data, metadata } = event;
  const isDerived = eventIdOf(hashIn(metadata)) === id;
  const own = isDerived ? '' : `,${JSON.stringify(id)}`;
  const text = `[${JSON.stringify(type)},${data},${metadata}${own}]`;
  const bytesMax = RECORD_HEADER_BYTES + STREAM_AT + (stream.length + text.length) * UTF8_BYTES_PER_UNIT_MAX;
  if (bytesMax > RECORD_BYTES_MAX) checkSize(stream, text);
  const record = slab.reserve(bytesMax);
  const payload = RECORD_HEADER_BYTES;
  let at = payload + STREAM_AT;
  const streamBytes = record.write(stream, at);
  at += streamBytes;
  at += record.write(text, at);
  // One that is beyond is of no stream: it is never written, but compared.
  record.writeUInt32LE(revision >>> 0, payload + REVISION_AT);
  record.writeUInt16LE(streamBytes, payload + STREAM_BYTES_AT);
  record.writeUInt32LE(at - payload, 0);
  return slab.keep(record, at);
}

/** Completes a record with its position. */
export function placeRecord(record: Buffer, position: number): void {
  record.writeUIntLE(position, RECORD_HEADER_BYTES + POSITION_AT, 6);
  record.writeUInt32LE(crc32(record.subarray(RECORD_HEADER_BYTES)), 4);
}

/** What a record says, behind its length and its CRC. */
export function payloadOf(record: Buffer): Buffer {
  return record.subarray(RECORD_HEADER_BYTES);
}

/** Whether two payloads say the same of the same place in a stream, wherever they stand in the log. */
export function samePayload(one: Buffer, other: Buffer): boolean {
  return one.subarray(REVISION_AT).equals(other.subarray(REVISION_AT));
}

/** How many bytes the record that begins here has in all, as far as its length says; `undefined` for one that can't be. */
export function recordBytes(source: Buffer, at: number): number | undefined {
  if (at + RECORD_HEADER_BYTES + PAYLOAD_BYTES_MIN > source.length) return undefined;
  const bytes = RECORD_HEADER_BYTES + source.readUInt32LE(at);
  const isPossible = bytes >= RECORD_HEADER_BYTES + PAYLOAD_BYTES_MIN && bytes <= RECORD_BYTES_MAX;
  return isPossible && at + bytes <= source.length ? bytes : undefined;
}

/** Whether the record that begins here is as it was written. Its length must be possible. */
export function isIntact(source: Buffer, at: number, bytes: number): boolean {
  return crc32(source.subarray(at + RECORD_HEADER_BYTES, at + bytes)) === source.readUInt32LE(at + 4);
}

/** The position that the record which begins here says. */
export function positionIn(source: Buffer, at: number): number {
  return source.readUIntLE(at + RECORD_HEADER_BYTES + POSITION_AT, 6);
}

/** The record that begins here, which is known to be intact. */
export function readRecord(source: Buffer, at: number, bytes: number, address: number): EventRecord {
  const payload = source.subarray(at + RECORD_HEADER_BYTES, at + bytes);
  const streamBytes = payload.readUInt16LE(STREAM_BYTES_AT);
  return {
    address,
    position: payload.readUIntLE(POSITION_AT, 6),
    stream: payload.toString('utf8', STREAM_AT, STREAM_AT + streamBytes),
    revision: payload.readUInt32LE(REVISION_AT),
    payload,
  };
}

/** What a record holds as JSON: the id only when it is not the one that follows from the hash. */
type StoredContent = [type: string, data: JsonObject, metadata: Record<string, string>, id?: string];

/** The event of a record. One that can't be read has its place, and `damage`. */
export function eventOf(record: EventRecord): RecordedEvent {
  return (record.event ??= openRecord(record));
}

function openRecord({ payload, position, stream, revision }: EventRecord): RecordedEvent {
  const place = { stream, revision, position: formatPosition(position) };
  if (payload === undefined) return damaged(place, 'its bytes are not those that were written');
  try {
    const text = payload.toString('utf8', STREAM_AT + payload.readUInt16LE(STREAM_BYTES_AT));
    const [type, data, metadata, id = eventIdOf(metadata.hash ?? '')] = JSON.parse(text) as StoredContent;
    return { id, type, data, metadata, ...place };
  } catch {
    return damaged(place, 'it was written in another form than this program reads');
  }
}

function damaged(
  place: Pick<RecordedEvent, 'stream' | 'revision' | 'position'>,
  damage: string,
): RecordedEvent {
  return { id: '', type: '', data: {}, metadata: {}, ...place, damage };
}

/** The hash at the end of an event's metadata, where all that the ledger makes have it. */
function hashIn(metadata: string): string {
  return metadata.endsWith('"}') && metadata.startsWith('"hash":"', metadata.length - HASH_CHARACTERS - 10)
    ? metadata.slice(-HASH_CHARACTERS - 2, -2)
    : '';
}

/** Of a SHA-256 in base64url. */
const HASH_CHARACTERS = 43;

function checkSize(stream: string, text: string): void {
  const bytes = RECORD_HEADER_BYTES + STREAM_AT + utf8Length(stream) + utf8Length(text);
  if (bytes <= RECORD_BYTES_MAX) return;
  throw new InvalidRequestError(
    `An event for ${stream} must have at most ${RECORD_BYTES_MAX} bytes, not ${bytes}`,
  );
}
