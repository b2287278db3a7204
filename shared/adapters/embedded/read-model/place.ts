import { InvalidRequestError } from '../../../core/contracts/errors.js';
import { INT_BYTES_MAX, readInt, writeInt } from './ints.js';

/** A task's place in every list that shows it. Lists go from the greatest place to the smallest. */
export interface Place {
  /** The second of its creation, as `secondNumber` counts it. */
  second: number;
  taskId: number;
}

const SECOND_BYTES = 5;
/** Seconds begin with this one in keys, so that there is a place before the first second, too. */
const SECOND_BEGIN = -1;

/** How many bytes a place takes in a key at the most. */
export const PLACE_BYTES_MAX = SECOND_BYTES + INT_BYTES_MAX;

const MONTHS = 12;
const DAYS = 31;
const DAY_SECONDS = 86_400;

/**
 * The number for a second as it is shown, `2025-03-12T10:00:00`: the seconds since the year 0, were every month one of 31
 * days. Greater means later.
 *
 * @throws InvalidRequestError when the text has another form.
 */
export function secondNumber(text: string): number {
  const number = findSecondNumber(text);
  if (number !== undefined) return number;
  throw new InvalidRequestError(
    `${JSON.stringify(text)} is no time in whole seconds, such as 2025-03-12T10:00:00`,
  );
}

/** The same; `undefined` when the text has another form. */
export function findSecondNumber(text: string): number | undefined {
  if (text.length !== 19 || text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return undefined;
  if (text[13] !== ':' || text[16] !== ':') return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day, hour] = [twoDigits(text, 5) - 1, twoDigits(text, 8) - 1, twoDigits(text, 11)];
  const [minute, second] = [twoDigits(text, 14), twoDigits(text, 17)];
  // What is no digit makes NaN of everything, which is neither.
  const isTime =
    month >= 0 && month < MONTHS && day >= 0 && day < DAYS && hour < 24 && minute < 60 && second < 60;
  if (!isTime || Number.isNaN(year)) return undefined;
  return ((year * MONTHS + month) * DAYS + day) * DAY_SECONDS + hour * 3_600 + minute * 60 + second;
}

/** The text that `secondNumber` was given. */
export function secondText(second: number): string {
  // Those next to each other in a list are often of one second.
  if (second !== lastSecond) [lastSecond, lastText] = [second, textOf(second)];
  return lastText;
}

let lastSecond = -1;
let lastText = '';

function textOf(second: number): string {
  const days = Math.floor(second / DAY_SECONDS);
  const months = Math.floor(days / DAYS);
  const time = second % DAY_SECONDS;
  return (
    `${String(Math.floor(months / MONTHS)).padStart(4, '0')}-${padded((months % MONTHS) + 1)}-${padded((days % DAYS) + 1)}` +
    `T${padded(Math.floor(time / 3_600))}:${padded(Math.floor(time / 60) % 60)}:${padded(time % 60)}`
  );
}

function twoDigits(text: string, at: number): number {
  return digit(text.charCodeAt(at)) * 10 + digit(text.charCodeAt(at + 1));
}

function digit(code: number): number {
  return code >= 48 && code <= 57 ? code - 48 : NaN;
}

function padded(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/**
 * Writes a place so that keys ascend with time and id: a list goes through them backwards. What is added is added at the end
 * then, which is where LMDB fills its pages.
 *
 * @returns Where the next byte goes.
 */
export function writePlace(target: Buffer, at: number, { second, taskId }: Place): number {
  return writeInt(target, target.writeUIntBE(second - SECOND_BEGIN, at, SECOND_BYTES), taskId);
}

/** Reads the place that begins at a byte. */
export function readPlace(source: Buffer, at: number): Place {
  return {
    second: source.readUIntBE(at, SECOND_BYTES) + SECOND_BEGIN,
    taskId: readInt(source, at + SECOND_BYTES),
  };
}
