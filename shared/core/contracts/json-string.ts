const BACKSLASH = 0x5c;

/** Where the closing quote is of the JSON string whose text begins at an index; the end of the text when it has none. */
export function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end !== -1 && text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end, from)) {
    end = text.indexOf('"', end + 1);
  }
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number, from: number): boolean {
  let backslashes = 0;
  for (let at = quote - 1; at >= from && text.charCodeAt(at) === BACKSLASH; at--) backslashes++;
  return backslashes % 2 === 1;
}
