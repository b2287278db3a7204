import { once } from 'node:events';
import { filterOf } from './event-filter.mjs';
import { grpc, streams } from './generated.mjs';
import { eventResponse, identifierOf, nameOf } from './messages.mjs';
import { subscribeToAll } from './subscription.mjs';

const { ReadReq, ReadResp } = streams;
const { FORWARDS } = ReadReq.Options.ReadDirection;

/** Read: a stream or all of them, in either direction, once or as a subscription (to all of them only). */
export function read(log) {
  return (call) => {
    const options = call.request.getOptions();
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    call.on('error', () => cancelled.abort());
    const send = async (response) => {
      if (cancelled.signal.aborted) throw new Error('Cancelled');
      if (!call.write(response)) await once(call, 'drain', { signal: cancelled.signal });
    };
    const reading = options.hasSubscription()
      ? subscribeToAll(log, options, send, cancelled.signal)
      : readOnce(log, options, send);
    reading.then(
      () => call.end(),
      (error) => {
        if (!cancelled.signal.aborted) {
          call.emit('error', { code: error.code ?? grpc.status.UNKNOWN, details: error.message });
        }
      },
    );
  };
}

async function readOnce(log, options, send) {
  const forwards = options.getReadDirection() === FORWARDS;
  const count = Number(options.getCount());
  const format = { structuredIds: options.getUuidOption().hasStructured() };
  let left = count;
  for (const event of options.hasStream()
    ? ofStream(log, options, forwards)
    : ofAll(log, options, forwards)) {
    if (event === undefined) return send(notFound(options));
    if (left-- <= 0) return;
    await send(eventResponse(event, format));
  }
}

function* ofStream(log, options, forwards) {
  const stream = options.getStream();
  const events = log.stream(nameOf(stream.getStreamIdentifier()));
  if (events === undefined) {
    yield undefined;
    return;
  }
  const last = events.length - 1;
  const revision = stream.hasRevision() ? Number(stream.getRevision()) : stream.hasStart() ? 0 : last;
  if (forwards) for (let r = revision; r <= last; r++) yield events[r];
  else for (let r = Math.min(revision, last); r >= 0; r--) yield events[r];
}

/** Forwards a read starts with the event at the position, backwards with the one before it. */
function* ofAll(log, options, forwards) {
  const all = options.getAll();
  const allowed = filterOf(options);
  const from = all.hasPosition()
    ? log.indexFrom(Number(all.getPosition().getCommitPosition()))
    : all.hasStart()
      ? 0
      : log.visible;
  const end = log.visible;
  if (forwards) {
    for (let i = from; i < end; i++) if (allowed(log.events[i])) yield log.events[i];
  } else {
    for (let i = from - 1; i >= 0; i--) if (allowed(log.events[i])) yield log.events[i];
  }
}

function notFound(options) {
  const missing = new ReadResp.StreamNotFound();
  missing.setStreamIdentifier(identifierOf(nameOf(options.getStream().getStreamIdentifier())));
  const response = new ReadResp();
  response.setStreamNotFound(missing);
  return response;
}
