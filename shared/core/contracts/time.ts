/** RFC 3339 (section 5.6): a full date and time with an offset. */
const RFC_3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** The form that is stored and that most publishers use, on any day but 29 February. */
const NORMAL =
  /^(?!0000)\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * A time as RFC 3339 with `Z` and milliseconds, or `undefined` when the text is no RFC 3339 time that ends before the year
 * 10000 in UTC. An unset time of C# with an offset is of the year 0 there.
 * Finer fractions are cut off; a leap second becomes the second before it.
 */
export function normalTime(text: string): string | undefined {
  if (NORMAL.test(text)) return text;
  const parts = RFC_3339.exec(text);
  if (parts === null) return undefined;
  const plain = parts[6] === '60' ? `${text.slice(0, 17)}59${text.slice(19)}` : text;
  const time = new Date(plain.toUpperCase().replace(/(\.\d{9})\d+/, '$1'));
  if (Number.isNaN(time.getTime())) return undefined;
  // Date takes 31 February for 3 March: the day that was said must be a day of that month.
  const days = new Date(Date.UTC(2000 + (Number(parts[1]) % 400), Number(parts[2]), 0)).getUTCDate();
  if (Number(parts[3]) > days) return undefined;
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999 ? time.toISOString() : undefined;
}

let lastMs = NaN;
let lastTime = '';

/**
 * A moment as RFC 3339 with `Z` and milliseconds. What is recorded together has the same: the last one is kept at hand.
 *
 * @param ms In milliseconds since 1970.
 * @throws RangeError when that is no time.
 */
export function timeOf(ms: number): string {
  if (ms !== lastMs) {
    lastTime = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastTime;
}

/** No job of a publisher ran before: what says so comes from a clock that was not set, or a time that was not. */
const OCCURRED_AT_MIN = '1990-01-01T00:00:00.000Z';

/**
 * The effective time of an event: the earlier of what the publisher said and what our clock said; our clock's where what the
 * publisher said can't be true.
 */
export function effectiveTime(occurredAt: string | null | undefined, recordedAt: string): string {
  if (occurredAt === undefined || occurredAt === null || occurredAt < OCCURRED_AT_MIN) return recordedAt;
  return occurredAt < recordedAt ? occurredAt : recordedAt;
}

/** What times can be asked for as, beside the contract's whole seconds without an offset: RFC 3339, with milliseconds and `Z`. */
export const TIME_FORMS = ['rfc3339'] as const;

/** How times are shown; `undefined` is as the contract has them. */
export type TimeForm = (typeof TIME_FORMS)[number] | undefined;

/** A time as the three contract endpoints show it: UTC, without offset and fraction. */
export function shownTime(time: string): string {
  return time.slice(0, 19);
}

/** A time as JSON, or `null`. */
export function timeJson(time: string | null): string {
  return time === null ? 'null' : `"${time}"`;
}

/** What `timeJson` has made, as it is to be shown. */
export function shownTimeJson(json: string, times: TimeForm): string {
  return times !== undefined || json === 'null' ? json : `${json.slice(0, SHOWN_JSON_LENGTH - 1)}"`;
}

const SHOWN_JSON_LENGTH = '"2025-03-12T10:00:00"'.length;
