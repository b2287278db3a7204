/** A JSON value as RFC 8259 has it, after parsing. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object: the only kind of value that `params`, `result` and an event's `data` may have. */
export interface JsonObject {
  [member: string]: JsonValue | undefined;
}

/**
 * The canonical JSON text of a value (RFC 8785, JCS): members sorted by UTF-16 code units, no white space, numbers as
 * ECMAScript writes them. Members that are `undefined` are left out, as `JSON.stringify` does.
 *
 * The value must be one that JCS can carry (`shared/core/contracts/strict-json.ts` refuses the others at the edge).
 */
export function canonicalJson(value: JsonValue | undefined): string {
  // What the ledger stores is put together in canonical order, so that the engine's own fast path does for most of it.
  return isCanonical(value) ? JSON.stringify(value) : sortedJson(value);
}

/** Whether the members of all objects in the value stand in canonical order already: `JSON.stringify` is canonical then. */
export function isCanonical(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isCanonical);
  let previous = '';
  // Unlike `Object.keys` this makes no list; parsed JSON inherits nothing that could be enumerated.
  for (const name in value) {
    if (name < previous || !isCanonical(value[name])) return false;
    previous = name;
  }
  return true;
}

function sortedJson(value: JsonValue | undefined): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value) items += (items === '' ? '' : ',') + sortedJson(item ?? null);
    return `[${items}]`;
  }
  let members = '';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${sortedJson(member)}`;
  }
  return `{${members}}`;
}
