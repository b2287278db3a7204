import { BACKWARDS, END, FORWARDS, START, StreamNotFoundError } from '@kurrent/kurrentdb-client';
import type { AllReadOptions, RecordedEvent, StreamReadOptions } from '../../core/ports/event-store.js';
import { allFilter } from './all-filter.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { BEFORE_ALL, parsePosition, type LogPosition } from './position.js';
import { recordedEvent, type ClientEvent } from './recorded-event.js';
import { allRequest, shortRead, streamRequest, type ReadFrom } from './short-read.js';

/** A read takes no more than this in one go, whatever the reader does with it: at first, and when it has to go on. */
const FIRST_PAGE_EVENTS_MAX = 100;
export const PAGE_EVENTS_MAX = 500;

/** How long a page may take. */
export const READ_MS_MAX = 5_000;

/** How long a page of all streams may take: the store may have to look at very many to find those of a prefix. */
export const READ_ALL_MS_MAX = 60_000;

/**
 * The events of a stream, page by page.
 *
 * @param pageMsMax How long each page may take.
 */
export async function* readStreamPages(
  connection: KurrentDbConnection,
  stream: string,
  { fromRevision, direction = 'forwards', limit = Infinity }: StreamReadOptions,
  pageMsMax = READ_MS_MAX,
): AsyncGenerator<RecordedEvent[]> {
  const forwards = direction === 'forwards';
  let from = fromRevision === undefined ? undefined : BigInt(fromRevision);
  let pageEventsMax = FIRST_PAGE_EVENTS_MAX;
  for (let left = limit; left > 0;) {
    const place = { from, forwards, maxCount: Math.min(left, pageEventsMax) };
    const reading =
      pageEventsMax === FIRST_PAGE_EVENTS_MAX
        ? shortRead(
            connection,
            streamRequest(stream, place),
            pageMsMax,
            from === undefined ? stream : undefined,
          )
        : longStreamRead(connection, stream, place);
    const page = await connection.within(`reading ${stream}`, pageMsMax, reading);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < place.maxCount || (!forwards && last.revision === 0)) return;
    left -= page.length;
    from = BigInt(forwards ? last.revision + 1 : last.revision - 1);
    pageEventsMax = PAGE_EVENTS_MAX;
  }
}

/**
 * The events of all streams, page by page. Forwards the store starts with the event at a position, which is left out
 * here, and backwards with the one before it.
 *
 * @param pageMsMax How long each page may take.
 * @throws InvalidRequestError for a position that is none.
 */
export async function* readAllPages(
  connection: KurrentDbConnection,
  { fromPosition, direction = 'forwards', limit = Infinity, streamPrefix = '' }: AllReadOptions,
  pageMsMax = READ_ALL_MS_MAX,
): AsyncGenerator<RecordedEvent[]> {
  const forwards = direction === 'forwards';
  let from = fromPosition === undefined ? undefined : startAt(parsePosition(fromPosition), forwards);
  let after = forwards ? (fromPosition ?? BEFORE_ALL) : BEFORE_ALL;
  let pageEventsMax = FIRST_PAGE_EVENTS_MAX;
  for (let left = limit; left > 0;) {
    const place = { from, forwards, maxCount: Math.min(left, pageEventsMax) + 1 };
    const reading =
      pageEventsMax === FIRST_PAGE_EVENTS_MAX
        ? shortRead(connection, allRequest(streamPrefix, place), pageMsMax)
        : longAllRead(connection, streamPrefix, place);
    const page = await connection.within('reading all streams', pageMsMax, reading);
    const last = page.at(-1);
    const wanted = page.filter(({ position }) => position > after).slice(0, left);
    if (wanted.length > 0) yield wanted;
    if (last === undefined || page.length < place.maxCount) return;
    left -= wanted.length;
    from = startAt(parsePosition(last.position), forwards);
    if (forwards) after = last.position;
    pageEventsMax = PAGE_EVENTS_MAX;
  }
}

/** The position of the last event of all, or `undefined` while there is none. */
export async function lastPosition(connection: KurrentDbConnection): Promise<string | undefined> {
  const last = { direction: 'backwards', limit: 1 } as const;
  for await (const [event] of readAllPages(connection, last, READ_MS_MAX)) return event?.position;
  return undefined;
}

/** Backwards a record is taken that ends where the position's commit begins, so the prepare offset must not hide it. */
function startAt({ commit, prepare }: LogPosition, forwards: boolean): LogPosition {
  return forwards ? { commit, prepare } : { commit, prepare: commit };
}

function longStreamRead(
  { client }: KurrentDbConnection,
  stream: string,
  { from, forwards, maxCount }: ReadFrom<bigint>,
): Promise<RecordedEvent[]> {
  return pageOf(
    client.readStream(stream, {
      fromRevision: from ?? (forwards ? START : END),
      direction: forwards ? FORWARDS : BACKWARDS,
      maxCount,
      requiresLeader: true,
    }),
  );
}

function longAllRead(
  { client }: KurrentDbConnection,
  streamPrefix: string,
  { from, forwards, maxCount }: ReadFrom<LogPosition>,
): Promise<RecordedEvent[]> {
  return pageOf(
    client.readAll({
      fromPosition: from ?? (forwards ? START : END),
      direction: forwards ? FORWARDS : BACKWARDS,
      maxCount,
      filter: allFilter(streamPrefix),
      requiresLeader: true,
    }),
  );
}

async function pageOf(reading: AsyncIterable<{ event?: ClientEvent }>): Promise<RecordedEvent[]> {
  const page: RecordedEvent[] = [];
  try {
    for await (const { event } of reading) if (event !== undefined) page.push(recordedEvent(event));
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  }
  return page;
}
