import clientMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import { BrokenStreamError } from '../../core/contracts/errors.js';
import type { RecordedEvent } from '../../core/ports/event-store.js';
import { allFilter } from './all-filter.js';
import { readCall, type ReadCall } from './client-calls.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import type { LogPosition } from './position.js';
import { recordedEvent } from './recorded-event.js';

const { Options } = streamMessages.ReadReq;

/** Where a read starts; without a place at the first in its direction. */
export interface ReadFrom<Place> {
  from: Place | undefined;
  forwards: boolean;
  maxCount: number;
}

/** Events of one stream, by `shortRead`. */
export function streamRequest(
  stream: string,
  { from, forwards, maxCount }: ReadFrom<bigint>,
): streamMessages.ReadReq {
  const identifier = new clientMessages.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  const of = new Options.StreamOptions();
  of.setStreamIdentifier(identifier);
  if (from !== undefined) of.setRevision(String(from));
  else if (forwards) of.setStart(new clientMessages.Empty());
  else of.setEnd(new clientMessages.Empty());
  const options = new Options();
  options.setStream(of);
  options.setNoFilter(new clientMessages.Empty());
  return request(options, forwards, maxCount);
}

/** Events of all streams whose names start so, by `shortRead`; without a prefix everything that the store has. */
export function allRequest(
  streamPrefix: string | undefined,
  { from, forwards, maxCount }: ReadFrom<LogPosition>,
): streamMessages.ReadReq {
  const of = new Options.AllOptions();
  if (from !== undefined) {
    const position = new Options.Position();
    position.setCommitPosition(String(from.commit));
    position.setPreparePosition(String(from.prepare));
    of.setPosition(position);
  } else if (forwards) of.setStart(new clientMessages.Empty());
  else of.setEnd(new clientMessages.Empty());
  const options = new Options();
  options.setAll(of);
  if (streamPrefix === undefined) options.setNoFilter(new clientMessages.Empty());
  else options.setFilter(filterOf(streamPrefix));
  return request(options, forwards, maxCount);
}

function filterOf(streamPrefix: string): streamMessages.ReadReq.Options.FilterOptions {
  const wanted = allFilter(streamPrefix);
  const names = new Options.FilterOptions.Expression();
  if ('regex' in wanted) names.setRegex(wanted.regex);
  else names.setPrefixList(wanted.prefixes);
  const filter = new Options.FilterOptions();
  filter.setStreamIdentifier(names);
  filter.setCount(new clientMessages.Empty());
  filter.setCheckpointintervalmultiplier(1);
  return filter;
}

function request(
  options: streamMessages.ReadReq.Options,
  forwards: boolean,
  maxCount: number,
): streamMessages.ReadReq {
  const { FORWARDS, BACKWARDS } = Options.ReadDirection;
  options.setReadDirection(forwards ? FORWARDS : BACKWARDS);
  options.setCount(String(maxCount));
  const ids = new Options.UUIDOption();
  ids.setString(new clientMessages.Empty());
  options.setUuidOption(ids);
  const message = new streamMessages.ReadReq();
  message.setOptions(options);
  return message;
}

/**
 * A read that is expected to be short; none for a stream that does not exist.
 *
 * @param whole The stream of which any event at all is given.
 * @throws BrokenStreamError when that exists, and has none any more: they have expired, or were cut off.
 *
 * The client's own reads are made for long ones: they are several times faster there, but each waits 40 ms before it
 * begins (1.3.1: what it sends is held back until the store acknowledges what it sent before), and 500 ms when it is the
 * first one of a connection.
 */
export async function shortRead(
  connection: KurrentDbConnection,
  message: streamMessages.ReadReq,
  msMax: number,
  whole?: string,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of shortEvents(connection, message, msMax, whole)) events.push(event);
  return events;
}

/** The same event by event, for who may want no more of them. */
export async function* shortEvents(
  connection: KurrentDbConnection,
  message: streamMessages.ReadReq,
  msMax: number,
  whole?: string,
): AsyncGenerator<RecordedEvent> {
  const { client } = connection;
  let [exists, given] = [true, 0];
  let call: ReadCall | undefined;
  try {
    call = await readCall(client, message, msMax);
    // It says that it was cancelled, when nobody reads on who could hear of it.
    call.on('error', () => undefined);
    for await (const response of call) {
      if ((response as streamMessages.ReadResp).hasStreamNotFound()) exists = false;
      const event = (response as streamMessages.ReadResp).getEvent()?.getEvent();
      if (event === undefined) continue;
      given++;
      yield readEvent(event);
    }
  } catch (error) {
    connection.failed(client, error);
    throw error;
  } finally {
    call?.cancel();
  }
  if (whole !== undefined && exists && given === 0)
    throw new BrokenStreamError(`the events of ${whole} were removed in the ledger's engine`);
}

function readEvent(event: streamMessages.ReadResp.ReadEvent.RecordedEvent): RecordedEvent {
  const metadata = event.getMetadataMap();
  const json = metadata.get('content-type') === 'application/json';
  return recordedEvent({
    id: event.getId()?.getString() ?? '',
    type: metadata.get('type') ?? '',
    streamId: text(event.getStreamIdentifier()?.getStreamName_asU8()),
    revision: BigInt(event.getStreamRevision()),
    data: json ? parsed(event.getData_asU8()) : undefined,
    metadata: parsed(event.getCustomMetadata_asU8()),
    position: { commit: BigInt(event.getCommitPosition()), prepare: BigInt(event.getPreparePosition()) },
  });
}

/** What is no JSON was written by somebody else, and is left out. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch {
    return undefined;
  }
}

function text(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
