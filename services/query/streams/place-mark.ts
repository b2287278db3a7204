import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';

/** A place of the ledger, as the id of a stream says it: in another ledger another event stands there, or none. */
export interface LedgerPlace {
  position: string;
  /** By what the event there is told; without it, the place may be of any ledger. */
  mark: string | undefined;
}

/** Between the place and the mark. It comes before every digit, so that ids are ordered as their places are. */
const SEPARATOR = '.';

/** How many characters of an event's id: it is made from a hash, so that these tell it from nearly every other. */
const MARK_CHARACTERS = 8;

/** What an event is told by in the id of a stream. */
export function markOf({ id }: Pick<RecordedEvent, 'id'>): string {
  return id.slice(0, MARK_CHARACTERS);
}

/** A place with the mark of its event, as one text. */
export function markedPlace(place: string, mark: string | undefined): string {
  return mark === undefined ? place : place + SEPARATOR + mark;
}

/** The two parts of such a text, whatever they are. */
export function placeAndMark(text: string): [place: string, mark: string | undefined] {
  const at = text.indexOf(SEPARATOR);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + SEPARATOR.length)];
}
