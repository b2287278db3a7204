/** A piece of a text: characters as they are, or one that has no shape of its own, by its number. */
export interface TextPart {
  text: string;
  isControl: boolean;
}

/**
 * Characters that have no shape and change how others are shown, or make two texts look alike: controls, turns of the
 * direction, spaces without width, separators of lines. Joiners stay, since scripts and emoji need them.
 */
const CONTROL =
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g;

/** The colours and moves of a terminal (ECMA-48), which a text that was meant for one has in it. */
const TERMINAL_CODES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]+[0-~]/g;

/** A text that names something, so that each character counts: those without a shape are shown as in JSON, `\u202e`. */
export function nameParts(text: string): TextPart[] {
  return partsOf(text, () => false);
}

/** A text that people read: its lines stay, and what was meant for a terminal is left out. */
export function proseParts(text: string): TextPart[] {
  const plain = text.replace(TERMINAL_CODES, '').replaceAll('\r\n', '\n');
  return partsOf(plain, (character) => character === '\n' || character === '\t');
}

/** A name as it is shown, where there is room for a text alone. */
export function visibleName(text: string): string {
  return nameParts(text)
    .map((part) => part.text)
    .join('');
}

function partsOf(text: string, stays: (character: string) => boolean): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(CONTROL)) {
    if (stays(character)) continue;
    if (index > from) parts.push({ text: text.slice(from, index), isControl: false });
    parts.push({ text: numberOf(character), isControl: true });
    from = index + 1;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isControl: false });
  return parts;
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function numberOf(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
