/** Values of one property: a task must have one of them, or, negated, none of them. No values: no condition. */
export interface Choice {
  values: readonly string[];
  negated: boolean;
}

/** No condition. */
export const ANY: Choice = { values: [], negated: false };

/** Adds a value to a choice, or takes it out. */
export function toggled({ values, negated }: Choice, value: string): Choice {
  const others = values.filter((other) => other !== value);
  return { values: others.length < values.length ? others : [...values, value], negated };
}

/** Plain values are alternatives, negated ones are taken away from them, or from everything when there are no plain ones. */
export function choiceOf(texts: readonly string[]): Choice {
  const all = [...new Set(texts.flatMap((text) => text.split(',')))].filter((text) => text !== '');
  const negated = all.filter((text) => text.startsWith('!')).map((text) => text.slice(1));
  const plain = all.filter((text) => !text.startsWith('!'));
  if (plain.length === 0) return negated.length === 0 ? ANY : { values: negated, negated: true };
  const left = plain.filter((value) => !negated.includes(value));
  // No values would be no condition. When each is taken away again, no task matches, so it stays as it was said.
  return { values: left.length > 0 ? left : all, negated: false };
}

/** A choice as one text with commas; empty where it is no condition. */
export function choiceText({ values, negated }: Choice): string {
  return values.map((value) => (negated && !value.startsWith('!') ? `!${value}` : value)).join(',');
}

/** A choice in words: `running or failed`, `not ocr`. */
export function choiceWords({ values, negated }: Choice): string {
  return negated ? `not ${values.join(' nor ')}` : values.join(' or ');
}
