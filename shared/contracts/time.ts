/** RFC 3339 (section 5.6): a full date and time with an offset. */
const RFC_3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const NORMAL_LENGTH = '2025-03-12T10:00:00.000Z'.length;
const YEAR_1_MS = Date.parse('0001-01-01T00:00:00.000Z');

function asNormal(text: string): string {
  return new Date(text).toISOString();
}

/**
 * A time as RFC 3339 with `Z` and milliseconds, or `undefined` when the text is no RFC 3339 time of the years 1 to 9999.
 * Finer fractions are cut off; a leap second becomes the second before it.
 */
export function normalTime(text: string): string | undefined {
  // Most publishers write it as it is stored, and Date reads that form (ECMAScript, "Date Time String Format").
  if (text.length === NORMAL_LENGTH && new Date(text).getTime() >= YEAR_1_MS && asNormal(text) === text)
    return text;
  const parts = RFC_3339.exec(text);
  if (parts === null) return undefined;
  const plain = parts[6] === '60' ? `${text.slice(0, 17)}59${text.slice(19)}` : text;
  const time = new Date(plain.toUpperCase());
  if (Number.isNaN(time.getTime())) return undefined;
  // Date takes 31 February for 3 March: the day that was said must be a day of that month.
  const days = new Date(Date.UTC(2000 + (Number(parts[1]) % 400), Number(parts[2]), 0)).getUTCDate();
  if (Number(parts[3]) > days) return undefined;
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time.toISOString() : undefined;
}

/** A time as the three contract endpoints show it: UTC, without offset and fraction. */
export function shownTime(time: string): string {
  return time.slice(0, 19);
}
