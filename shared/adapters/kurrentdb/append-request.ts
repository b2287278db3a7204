import clientMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import { InvalidRequestError } from '../../core/contracts/errors.js';
import { checkAppends } from '../../core/ports/append-check.js';
import type { NewEvent, StreamAppend } from '../../core/ports/event-store.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

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
  checkAppends(appends);
  for (const append of appends) {
    checkNotReserved(append.stream);
    checkIds(append);
  }
  return appends.map(encode);
}

function checkIds({ stream, events }: StreamAppend): void {
  for (const { id } of events) {
    if (!UUID.test(id)) {
      throw new InvalidRequestError(
        `The id of an event for ${stream} must be a UUID, not ${JSON.stringify(id)}`,
      );
    }
  }
}

/** @throws InvalidRequestError when the name is one of the store's own. */
export function checkNotReserved(stream: string): void {
  if (stream.startsWith('$')) {
    throw new InvalidRequestError(
      `The name of a stream must not begin with $ (${stream}): KurrentDB keeps those`,
    );
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

function proposedMessage(event: NewEvent): streamMessages.BatchAppendReq.ProposedMessage {
  const uuid = new clientMessages.UUID();
  uuid.setString(event.id);
  const proposed = new streamMessages.BatchAppendReq.ProposedMessage();
  proposed.setId(uuid);
  proposed.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
  proposed.setData(utf8(event.data));
  proposed.setCustomMetadata(utf8(event.metadata));
  return proposed;
}

/** A Buffer would be copied once more when the message is written. */
function utf8(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
