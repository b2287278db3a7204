import clientMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import { InvalidRequestError } from '../../contracts/errors.js';
import { APPEND_EVENTS_MAX, type NewEvent, type StreamAppend } from '../../ports/event-store.js';

/** The longest name of a stream, in bytes of UTF-8. */
export const STREAM_NAME_BYTES_MAX = 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** An append to one stream, checked and encoded but for its correlation id. */
export interface AppendRequest {
  append: StreamAppend;
  message: streamMessages.BatchAppendReq;
  /** Of the events, as they are sent. */
  bytes: number;
}

/**
 * Checks what is to be appended and encodes it for the BatchAppend call, so that nothing of it fails once some of it is
 * under way.
 *
 * @throws InvalidRequestError naming what is wrong.
 */
export function appendRequests(appends: readonly StreamAppend[]): AppendRequest[] {
  if (appends.length > 1 && new Set(appends.map(({ stream }) => stream)).size < appends.length) {
    throw new InvalidRequestError('The streams of one append must be different ones');
  }
  for (const append of appends) check(append);
  return appends.map(encode);
}

function check({ stream, expectedRevision, events }: StreamAppend): void {
  checkStreamName(stream);
  if (
    expectedRevision !== 'no_stream' &&
    !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)
  ) {
    throw new InvalidRequestError(
      `The expected revision of ${stream} must be an int of 0 or more, or no_stream`,
    );
  }
  if (events.length < 1 || events.length > APPEND_EVENTS_MAX) {
    throw new InvalidRequestError(
      `An append to ${stream} must have 1 to ${APPEND_EVENTS_MAX} events, not ${events.length}`,
    );
  }
  for (const { id } of events) {
    if (!UUID.test(id)) {
      throw new InvalidRequestError(
        `The id of an event for ${stream} must be a UUID, not ${JSON.stringify(id)}`,
      );
    }
  }
}

/** @throws InvalidRequestError when the name is empty, too long, or one of the store's own. */
export function checkStreamName(stream: string): void {
  if (stream === '' || /[\u0000-\u001f]/.test(stream) || !stream.isWellFormed()) {
    throw new InvalidRequestError(
      `The name of a stream must be text without control characters, not ${JSON.stringify(stream)}`,
    );
  }
  if (stream.startsWith('$')) {
    throw new InvalidRequestError(
      `The name of a stream must not begin with $ (${stream}): KurrentDB keeps those`,
    );
  }
  if (stream.length * UTF8_BYTES_PER_UNIT_MAX <= STREAM_NAME_BYTES_MAX) return;
  if (Buffer.byteLength(stream) > STREAM_NAME_BYTES_MAX) {
    throw new InvalidRequestError(`The name of a stream must have at most ${STREAM_NAME_BYTES_MAX} bytes`);
  }
}

function encode(append: StreamAppend): AppendRequest {
  const identifier = new clientMessages.StreamIdentifier();
  identifier.setStreamName(Buffer.from(append.stream));
  const options = new streamMessages.BatchAppendReq.Options();
  options.setStreamIdentifier(identifier);
  if (append.expectedRevision === 'no_stream') options.setNoStream(new clientMessages.Empty());
  else options.setStreamPosition(String(append.expectedRevision));
  const message = new streamMessages.BatchAppendReq();
  message.setOptions(options);
  message.setIsFinal(true);
  let bytes = 0;
  for (const event of append.events) {
    const proposed = proposedMessage(event);
    message.addProposedMessages(proposed);
    bytes += proposed.getData().length + proposed.getCustomMetadata().length;
  }
  return { append, message, bytes };
}

function proposedMessage({
  id,
  type,
  data,
  metadata,
}: NewEvent): streamMessages.BatchAppendReq.ProposedMessage {
  const uuid = new clientMessages.UUID();
  uuid.setString(id);
  const proposed = new streamMessages.BatchAppendReq.ProposedMessage();
  proposed.setId(uuid);
  proposed.getMetadataMap().set('type', type).set('content-type', 'application/json');
  proposed.setData(utf8(JSON.stringify(data)));
  proposed.setCustomMetadata(utf8(JSON.stringify(metadata)));
  return proposed;
}

/** A Buffer would be copied once more when the message is written. */
function utf8(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
