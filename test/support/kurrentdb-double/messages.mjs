import { shared, streams } from './generated.mjs';

const { ReadResp } = streams;

/** A stream's name out of its identifier. */
export function nameOf(identifier) {
  return Buffer.from(identifier.getStreamName_asU8()).toString('utf8');
}

export function identifierOf(name) {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(name));
  return identifier;
}

/** The canonical text of an id, in whichever of its two forms it was sent. */
export function idText(uuid) {
  if (!uuid.hasStructured()) return uuid.getString().toLowerCase();
  const half = (bits) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const structured = uuid.getStructured();
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function uuidOf(text, structured) {
  const uuid = new shared.UUID();
  if (!structured) {
    uuid.setString(text);
    return uuid;
  }
  const hex = text.replaceAll('-', '');
  const half = (digits) => BigInt.asIntN(64, BigInt(`0x${digits}`)).toString();
  const value = new shared.UUID.Structured();
  value.setMostSignificantBits(half(hex.slice(0, 16)));
  value.setLeastSignificantBits(half(hex.slice(16)));
  uuid.setStructured(value);
  return uuid;
}

/** What a client proposes to append. */
export function proposedEvent(message) {
  const metadata = message.getMetadataMap();
  return {
    id: idText(message.getId()),
    type: metadata.get('type'),
    contentType: metadata.get('content-type'),
    data: Buffer.from(message.getData_asU8()),
    metadata: Buffer.from(message.getCustomMetadata_asU8()),
  };
}

/** Events as they are read, with what they are on the wire: made once. */
const responses = [new WeakMap(), new WeakMap()];

/** An event as it is read; written by itself, so that commit and prepare position are the same. */
export function eventResponse(event, { structuredIds }) {
  const made = responses[structuredIds ? 1 : 0];
  const known = made.get(event);
  if (known !== undefined) return known;
  const response = newEventResponse(event, structuredIds);
  const bytes = response.serializeBinary();
  response.serializeBinary = () => bytes;
  made.set(event, response);
  return response;
}

function newEventResponse(event, structuredIds) {
  const recorded = new ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(uuidOf(event.id, structuredIds));
  recorded.setStreamIdentifier(identifierOf(event.stream));
  recorded.setStreamRevision(String(event.revision));
  recorded.setCommitPosition(String(event.position));
  recorded.setPreparePosition(String(event.position));
  recorded.setData(event.data);
  recorded.setCustomMetadata(event.metadata);
  const metadata = recorded.getMetadataMap();
  metadata.set('type', event.type).set('content-type', event.contentType).set('created', event.created);
  const read = new ReadResp.ReadEvent();
  read.setEvent(recorded);
  read.setCommitPosition(String(event.position));
  const response = new ReadResp();
  response.setEvent(read);
  return response;
}
