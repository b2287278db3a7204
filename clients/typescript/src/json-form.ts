import { types } from 'node:util';
import type { JsonObject, JsonValue } from './types.js';

/** How deep a value may be nested. Taskledger takes 64 levels of a whole event. */
const DEPTH_MAX = 60;

/** Whatever is asked of it, it throws. */
const UNREADABLE = Symbol("[can't be read]") as symbol & { description: string };

/** A value that has more JSON than it may have. */
export class OversizeError extends Error {
  constructor(readonly bytesMax: number) {
    super(`It has more than ${bytesMax} bytes of JSON`);
  }
}

/**
 * Says what stands in the place of something that JSON can't carry.
 *
 * @param text What it was: `[function parse]`, `NaN`.
 * @throws what is to be thrown by `jsonForm` instead.
 */
export type SayLoss = (text: string) => string;

/**
 * A value as Taskledger takes it: as `JSON.stringify` has it, with a text in the place of whatever JSON can't carry. Whatever
 * the value is made of, nothing of it is thrown.
 *
 * Members that are `undefined` are left out. A BigInt is its digits, a Map its entries, a Set its values, an Error its name,
 * message and what else it has.
 *
 * @returns `undefined` for `undefined` alone.
 * @throws OversizeError when it has more JSON than `bytesMax`.
 */
export function jsonForm(
  value: unknown,
  bytesMax: number,
  sayLoss: SayLoss = (text) => text,
): JsonValue | undefined {
  return new Former(bytesMax, sayLoss).form(value, '');
}

class Former {
  /** The objects that are being looked into now, one inside the other. */
  readonly #within = new Set<object>();
  #bytes = 0;
  /** What this class itself has thrown, told apart from what a value throws. */
  #thrown: unknown;

  constructor(
    private readonly bytesMax: number,
    private readonly sayLoss: SayLoss,
  ) {}

  form(value: unknown, name: string): JsonValue | undefined {
    switch (typeof value) {
      case 'undefined':
        return undefined;
      case 'boolean':
        this.#spend(5);
        return value;
      case 'number':
        return this.#number(value);
      case 'bigint':
        // The digits of millions of bits would take minutes.
        if (BigInt.asIntN(4 * this.bytesMax, value) !== value) throw this.#oversize();
        return this.#text(String(value));
      case 'string':
        if (value.length > this.bytesMax) throw this.#oversize();
        return value.isWellFormed() ? this.#text(value) : this.#lost(value);
      case 'symbol':
        return this.#lost(`[${String(value)}]`);
      case 'function':
        return this.#lost(`[function ${nameOf(value)}]`);
      case 'object':
        if (value !== null) return this.#object(value, name);
        this.#spend(4);
        return null;
    }
  }

  #number(value: number): JsonValue {
    if (!Number.isFinite(value)) return this.#lost(String(value));
    this.#spend(String(value).length);
    // JSON knows no negative zero.
    return value + 0;
  }

  #object(value: object, name: string): JsonValue | undefined {
    let entered: object | undefined;
    try {
      if (types.isDate(value) && Number.isNaN(value.getTime())) return this.#lost('[invalid Date]');
      const said = ownForm(value, name);
      if (typeof said !== 'object' || said === null) return this.form(said, name);
      if (this.#within.has(said)) return this.#lost('[circular]');
      if (this.#within.size === DEPTH_MAX) return this.#lost(`[more than ${DEPTH_MAX} levels deep]`);
      this.#within.add((entered = said));
      return this.#inside(said);
    } catch (error) {
      if (this.#thrown !== undefined && error === this.#thrown) throw error;
      return this.#lost(UNREADABLE.description);
    } finally {
      if (entered !== undefined) this.#within.delete(entered);
    }
  }

  #inside(value: object): JsonValue {
    if (types.isMap(value)) return this.#items(value.entries());
    if (types.isSet(value)) return this.#items(value.values());
    if (types.isTypedArray(value)) return this.#items(value.values());
    if (Array.isArray(value)) return this.#items(elementsOf(value as unknown[]));
    const isError = types.isNativeError(value) || value instanceof Error;
    const names = Object.keys(value);
    if (isError) names.unshift('name', 'message', 'cause', 'errors');
    else if (names.length === 0 && isOfSomeClass(value)) return this.#lost(`[${nameOf(value.constructor)}]`);
    this.#spend(2);
    const members: JsonObject = {};
    for (const name of new Set(names)) this.#member(members, name, () => (value as JsonObject)[name]);
    return members;
  }

  #member(members: JsonObject, name: string, read: () => unknown): void {
    let value: unknown;
    try {
      value = read();
    } catch {
      value = UNREADABLE;
    }
    const form = value === UNREADABLE ? this.#lost(UNREADABLE.description) : this.form(value, name);
    if (form === undefined) return;
    let said = name.isWellFormed() && name !== '__proto__' ? name : this.#lost(`[${name}]`);
    while (Object.hasOwn(members, said)) said = `${said}'`;
    this.#spend(jsonBytes(said) + 2);
    members[said] = form;
  }

  #items(items: Iterable<unknown>): JsonValue[] {
    this.#spend(2);
    const forms: JsonValue[] = [];
    for (const item of items) {
      const form = this.form(item, String(forms.length));
      // In a list nothing leaves a gap.
      this.#spend(form === undefined ? 5 : 1);
      forms.push(form ?? null);
    }
    return forms;
  }

  #text(text: string): string {
    this.#spend(jsonBytes(text));
    return text;
  }

  #lost(text: string): string {
    try {
      return this.#text(this.sayLoss(text.toWellFormed()));
    } catch (error) {
      this.#thrown = error;
      throw error;
    }
  }

  #spend(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.bytesMax) throw this.#oversize();
  }

  #oversize(): unknown {
    return (this.#thrown = new OversizeError(this.bytesMax));
  }
}

/** What an object says to be written as, in the way of `JSON.stringify`; the object itself where it says nothing. */
function ownForm(value: object, name: string): unknown {
  if (types.isBoxedPrimitive(value)) return value.valueOf();
  if (types.isRegExp(value)) return String(value);
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value, name) as unknown) : value;
}

/** Whether it is more than a plain object, which may be empty. */
function isOfSomeClass(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

/** The name of a function or class. A proxy's can throw. */
function nameOf(made: unknown): string {
  try {
    const { name } = made as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'without a name';
  } catch {
    return 'without a name';
  }
}

/** By index, so that what is no member is looked at as well. */
function* elementsOf(list: readonly unknown[]): Generator<unknown> {
  for (let at = 0; at < list.length; at++) yield list[at];
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
