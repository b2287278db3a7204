import { streamNameFilter, type Filter } from '@kurrent/kurrentdb-client';

/**
 * The store looks at so many events before it says how far it is, whether it gave any of them or not. So a subscriber's
 * position is never further behind than this by what its filter leaves out.
 */
export const SEARCH_WINDOW_EVENTS = 100;

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
