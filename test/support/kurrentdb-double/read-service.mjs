import { once } from 'node:events';
import { filterOf } from './event-filter.mjs';
import { grpc, streams } from './generated.mjs';
import { eventResponse, identifierOf, nameOf } from './messages.mjs';
import { Pace } from './pace.mjs';
import { subscribeToAll } from './subscription.mjs';

const { ReadReq, ReadResp } = streams;
const { FORWARDS } = ReadReq.Options.ReadDirection;

/**
 * Read: a stream or all of them, in either direction, once or as a subscription (to all of them only).
 *
 * @param {import('./event-log.mjs').EventLog} log
 * @param {{subscription?: number, read?: number, filteredRead?: number}} rates how many events a second each call gives
 *   at most; all that it can by default. The real server's: 2,500, 26,000 and 8,900.
 * @param {Record<string, number>} counts of what was asked for and given
 */
export function read(log, rates, counts) {
  return (call) => {
    const options = call.request.getOptions();
    counts[callOf(options)]++;
    const pace = new Pace(rateOf(rates, options));
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    call.on('error', () => cancelled.abort());
    const send = async (response) => {
      if (response.hasEvent()) {
        await pace.turn();
        counts.eventsGiven++;
      }
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

function callOf(options) {
  if (options.hasSubscription()) return 'subscriptions';
  return options.hasStream() ? 'streamReads' : 'allReads';
}

function rateOf(rates, options) {
  if (options.hasSubscription()) return rates.subscription;
  return options.hasFilter() ? rates.filteredRead : rates.read;
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
  const last = events.at(-1)?.revision ?? -1;
  const revision = stream.hasRevision() ? Number(stream.getRevision()) : stream.hasStart() ? 0 : last;
  if (forwards) yield* events.filter((event) => event.revision >= revision);
  else yield* events.filter((event) => event.revision <= revision).reverse();
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
