import { endOfString } from './json-string.js';

/** The first integer that a double's fewest digits can differ from has so many digits. */
const LONG_INTEGER = /\d{17}/;

const NUMBER = /-?\d[\d.eE+-]*/g;

/**
 * A JSON text with each large integer written with all of its digits, as it was sent. What is stored has the fewest digits that
 * tell a double from others (RFC 8785, section 3.2.2.3): 1541815603606036480 is there as 1541815603606036500, which is
 * the same double, but another id to a reader with integers of 64 bits.
 */
export function withExactIntegers(json: string): string {
  if (!LONG_INTEGER.test(json)) return json;
  let text = '';
  for (let from = 0; from < json.length;) {
    const quote = json.indexOf('"', from);
    const end = quote === -1 ? json.length : quote;
    text += json.slice(from, end).replace(NUMBER, exactly);
    from = quote === -1 ? end : endOfString(json, quote + 1) + 1;
    text += json.slice(end, from);
  }
  return text;
}

function exactly(literal: string): string {
  return /^-?\d{17,}$/.test(literal) ? String(BigInt(Number(literal))) : literal;
}
