import { endOfString } from './json-string.js';

/** A number as JSON writes it, or what begins like one. */
const NUMBER = /-?\d[\d.eE+-]*/y;

const INTEGER = /^-?\d+$/;

/**
 * The first integer literal of a JSON text that would become another number: a double neither holds it exactly nor is
 * written with the same digits, as JavaScript writes it. A large number that is written otherwise (`1e20`, `2.5e17`) is a
 * double from the start.
 *
 * @param text Is JSON.
 * @returns The member it stands in, an empty string outside of objects; `undefined` when there is none.
 */
export function memberOfInexactInteger(text: string): string | undefined {
  let member = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = endOfString(text, at + 1);
      if (/^\s*:/.test(text.slice(end + 1, end + 20))) member = JSON.parse(text.slice(at, end + 1)) as string;
      at = end;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = at;
      const [literal] = NUMBER.exec(text) as RegExpExecArray;
      if (INTEGER.test(literal) && !isExact(literal)) return member;
      at += literal.length - 1;
    }
  }
  return undefined;
}

function isExact(literal: string): boolean {
  const value = Number(literal);
  return Number.isSafeInteger(value) || String(value) === literal || BigInt(value) === BigInt(literal);
}
