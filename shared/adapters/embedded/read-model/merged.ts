/**
 * Merges sorted iterators into one, reading each no further than needed: one value ahead. Picks the next by looking at
 * the head of each, which is cheaper than a heap for the few dozens that a list has.
 */
export function* merged<Value>(
  sources: readonly Iterator<Value, undefined>[],
  isBefore: (one: Value, other: Value) => boolean,
): Generator<Value, undefined> {
  const open: { source: Iterator<Value, undefined>; head: Value }[] = [];
  try {
    for (const source of sources) {
      const first = source.next();
      if (first.done !== true) open.push({ source, head: first.value });
    }
    while (open.length > 0) {
      let least = 0;
      for (let at = 1; at < open.length; at++) {
        if (isBefore(open[at]!.head, open[least]!.head)) least = at;
      }
      const { source, head } = open[least]!;
      const next = source.next();
      if (next.done === true) open.splice(least, 1);
      else open[least]!.head = next.value;
      yield head;
    }
  } finally {
    for (const { source } of open) source.return?.();
  }
  return undefined;
}
