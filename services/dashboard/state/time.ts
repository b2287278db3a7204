const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Milliseconds since 1970 of a time as the API shows it: without an offset it is UTC. */
export function timeMs(text: string): number {
  return Date.parse(/[Zz]|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
}

/** Day and time, UTC, short enough for a table: `12 Mar 10:00:05`, with the year when it is another one than now. */
export function dayAndTime(text: string, nowMs: number): string {
  const iso = new Date(timeMs(text)).toISOString();
  const year = Number(iso.slice(0, 4));
  const day = `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]}`;
  const shownYear = year === new Date(nowMs).getUTCFullYear() ? '' : ` ${year}`;
  return `${day}${shownYear} ${iso.slice(11, 19)}`;
}

/** A day, with the year when it is another one than now: `12 Mar`. */
export function day(text: string, nowMs: number): string {
  return dayAndTime(text, nowMs).slice(0, -' 00:00:00'.length);
}

/** A distance between two times, with its sign: `+4.2 s`, `−3 s`. */
export function distance(ms: number): string {
  const text = duration(ms);
  return text.startsWith('−') ? text : `+${text}`;
}

/** The time of day with milliseconds, UTC: `10:00:05.123`. */
export function timeOfDay(text: string): string {
  return new Date(timeMs(text)).toISOString().slice(11, 23);
}

/**
 * A length of time in its two largest units: `420 ms`, `4.2 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`. Clocks differ: what is
 * less than nothing is shown to be, `−4.2 s`.
 */
export function duration(ms: number): string {
  if (ms <= -0.5) return `−${duration(-ms)}`;
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND_MS) return `${(Math.floor(ms / 100) / 10).toString()} s`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return twoUnits(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < DAY_MS) return twoUnits(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return twoUnits(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

/** The time between two times of whole seconds, as they are in lists: less than a second can't be told there. */
export function shownDuration(fromMs: number, toMs: number): string {
  const ms = toMs - fromMs;
  return Math.abs(ms) < SECOND_MS ? '< 1 s' : duration(Math.trunc(ms / SECOND_MS) * SECOND_MS);
}

/** How long ago something was, roughly: `just now`, `5 min ago`. */
export function ago(ms: number): string {
  return ms < 5 * SECOND_MS ? 'just now' : `${duration(ms)} ago`;
}

/**
 * A day, or a day and a time, as one types it (`2025-03-12`, `2025-03-12 10:00`), as the API wants it: with seconds, UTC.
 * An empty text stays empty; `undefined` for what is no such time.
 */
export function typedTime(text: string): string | undefined {
  if (text.trim() === '') return '';
  const parts = /^\s*(\d{4}-\d\d-\d\d)(?:[T ]+(\d\d:\d\d)(:\d\d)?Z?)?\s*$/.exec(text);
  if (parts === null) return undefined;
  const [, day = '', time = '00:00', seconds = ':00'] = parts;
  const full = `${day}T${time}${seconds}`;
  // Date takes 31 February for 3 March.
  const ms = timeMs(full);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== full ? undefined : full;
}

/** A time of the API as it is typed: without seconds, or a time at all, where they are zero. */
export function timeToType(text: string): string {
  return text
    .replace('T', ' ')
    .replace(/(:\d\d):00$/, '$1')
    .replace(/ 00:00$/, '');
}

function twoUnits(ms: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % largeMs) / smallMs);
  const first = `${Math.floor(ms / largeMs)} ${large}`;
  return rest === 0 ? first : `${first} ${rest} ${small}`;
}
