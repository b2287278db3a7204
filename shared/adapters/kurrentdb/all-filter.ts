import { streamNameFilter, type Filter } from '@kurrent/kurrentdb-client';

/** The store looks at so many events before it says how far a subscription is, whether it gave any of them or not. */
const SEARCH_WINDOW_EVENTS = 100;

/** Streams whose name starts so; with no prefix all but the store's own, whose names start with `$`. */
export function allFilter(
  streamPrefix: string,
  checkpointReached: Filter['checkpointReached'] = () => undefined,
): Filter {
  const how = { checkpointInterval: 1, maxSearchWindow: SEARCH_WINDOW_EVENTS, checkpointReached };
  return streamPrefix === ''
    ? streamNameFilter({ ...how, regex: '^[^$]' })
    : streamNameFilter({ ...how, prefixes: [streamPrefix] });
}

/** Whether a stream is one of the store's own. */
export function isStoresOwn(stream: string): boolean {
  return stream.startsWith('$');
}
