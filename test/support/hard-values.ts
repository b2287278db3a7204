/** A value that is hard to put into words or JSON, by what it is. */
export type HardValue = readonly [name: string, make: () => unknown];

function cycle(): object {
  const one: { list: unknown[]; self?: object } = { list: [] };
  one.self = one;
  one.list.push(one);
  return one;
}

function nested(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

function fail(): never {
  throw new Error('not with me');
}

/** Throws, whatever is done to it. */
function hostile(target: object): object {
  const traps = Reflect.ownKeys(Reflect).filter((name): name is string => typeof name === 'string');
  return new Proxy(target, Object.fromEntries(traps.map((name) => [name, fail])));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

class Unreadable extends Error {
  override get message(): string {
    return fail();
  }
  override get stack(): string {
    return fail();
  }
  override get name(): string {
    return fail();
  }
  override toString(): string {
    return fail();
  }
}

class Paper {
  readonly #secret = 1;
  constructor(readonly title: string) {}
  get pages(): number {
    return this.#secret;
  }
}

/** What work may throw, or return. */
export const HARD_VALUES: readonly HardValue[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['an empty text', () => ''],
  ['a text', () => 'read'],
  ['half a surrogate', () => '\ud83d'],
  ['300 KB of text', () => 'ä'.repeat(150_000)],
  ['control characters', () => '\u0001'.repeat(70_000)],
  ['a symbol', () => Symbol('s')],
  ['a function', () => fail],
  ['a BigInt', () => 2n ** 70n],
  ['a very large BigInt', () => 1n << 4_000_000n],
  ['NaN', () => NaN],
  ['Infinity', () => -Infinity],
  ['negative zero', () => -0],
  ['a large integer', () => 2 ** 60],
  ['a list', () => [1, undefined, fail, , NaN]],
  ['a sparse list', () => new Array<number>(4_000_000_000)],
  ['a list of nothing', () => new Array<number>(200_000)],
  ['an object without a prototype', () => Object.create(null) as object],
  ['a cycle', cycle],
  ['61 levels', () => nested(61)],
  ['100,000 levels', () => nested(100_000)],
  ['a large object', () => ({ rows: new Array(100_000).fill('row') })],
  ['a large member name', () => ({ ['n'.repeat(300_000)]: 1 })],
  ['half a surrogate in a name', () => ({ '\ud800': 1, '\udc00': 2, '[\ufffd]': 3 })],
  ['__proto__ as a member', () => JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":2}}') as object],
  ['members that JSON leaves out', () => ({ a: undefined, b: fail, c: Symbol('c') })],
  ['a Date', () => new Date(0)],
  ['an invalid Date', () => new Date(NaN)],
  ['a Map and a Set', () => ({ map: new Map([['a', 1]]), set: new Set([1, 2]) })],
  ['an instance of a class', () => new Paper('On')],
  [
    'boxed values',
    () => [Object(1), Object('one'), Object(true), Object(1n), Object(Symbol('x'))] as unknown[],
  ],
  ['bytes', () => ({ buffer: Buffer.from('ab'), array: new Uint8Array([1, 2]), raw: new ArrayBuffer(2) })],
  [
    'what there is no JSON of',
    () => ({ at: /x/g, map: new WeakMap(), promise: { then: 1 }, weak: new WeakSet() }),
  ],
  ['a toJSON that throws', () => ({ toJSON: fail })],
  ['a toJSON of a cycle', () => ({ toJSON: cycle })],
  [
    'a toJSON that answers itself',
    () => ({
      a: 1,
      toJSON(): unknown {
        return this;
      },
    }),
  ],
  ['getters that throw', () => Object.defineProperty({ a: 1 }, 'b', { enumerable: true, get: fail })],
  ['a proxy that throws', () => ({ inside: hostile({}), list: hostile([]), made: hostile(class {}) })],
  ['a revoked proxy', () => [revoked()]],
  ['an error', () => new Error('disk full')],
  ['an error with a text of 300 KB', () => new Error('x'.repeat(300_000))],
  ['an error with half a surrogate', () => new Error('half \udc00')],
  ['an error without a message', () => new TypeError()],
  ['an error whose message is no text', () => Object.assign(new Error('x'), { message: { status: 404 } })],
  ['an error whose message is nothing', () => Object.assign(new Error('x'), { message: undefined })],
  ['an error that can not be read', () => new Unreadable()],
  [
    'an error that is its own cause',
    () => {
      const error = new Error('round');
      error.cause = error;
      return error;
    },
  ],
  [
    'an error of 1,000 causes',
    () => {
      let error = new Error('0');
      for (let at = 1; at < 1_000; at++) error = new Error(`<${at}>`, { cause: error });
      return error;
    },
  ],
  ['an AggregateError of 100,000', () => new AggregateError(new Array(100_000).fill(new Error('one')))],
  ['an error of a request', () => new DOMException('Aborted', 'AbortError')],
];
