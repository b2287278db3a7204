/** Values of one property: a task must have one of them, or, negated, none of them. No values: no condition. */
export interface Choice {
  values: readonly string[];
  negated: boolean;
}

/** Which tasks the page shows. Texts as the user gave them; an empty one is no condition. */
export interface Filter {
  projectId: string;
  status: Choice;
  taskType: Choice;
  /** Inclusive, UTC: `2025-03-12T10:00:00`. */
  createdAfter: string;
  /** Exclusive, UTC. */
  createdBefore: string;
  /** Exactly this key, whatever it ends with. */
  key: string;
  /** Keys below this path, which ends with `/`. */
  keyPrefix: string;
  /** `name:value`. */
  label: string;
  worker: string;
  errorType: string;
  /** The task that they are a part of, by its id or its key. */
  parent: string;
}

const ANY: Choice = { values: [], negated: false };

/** What a filter's member is in a query string, and in words. */
interface Condition<Value> {
  parameter: string;
  /** No condition. */
  none: Value;
  /** Out of all that is given for the parameter. */
  read: (texts: readonly string[]) => Value;
  /** Empty where it is no condition. */
  text: (value: Value) => string;
  words: (value: Value) => string;
}

/** In the order in which they are always said. */
const CONDITIONS: { [Member in keyof Filter]: Condition<Filter[Member]> } = {
  projectId: text('project_id', (id) => `project ${id}`),
  status: choice('status', 'status'),
  taskType: choice('task_type', 'type'),
  createdAfter: text('created_after', (time) => `created from ${time.replace('T', ' ')}`),
  createdBefore: text('created_before', (time) => `created before ${time.replace('T', ' ')}`),
  key: text('key', (key) => `key ${key}`),
  keyPrefix: text('key_prefix', (path) => `key below ${path}`),
  label: text('label', (label) => `label ${label}`),
  worker: text('worker', (worker) => `worker ${worker}`),
  errorType: text('error_type', (type) => `error ${type}`),
  parent: text('parent', (task) => `part of ${task}`),
};

function text(parameter: string, words: (text: string) => string): Condition<string> {
  return { parameter, none: '', read: ([first = '']) => first, text: (value) => value, words };
}

function choice(parameter: string, name: string): Condition<Choice> {
  const words = (value: Choice): string => `${name} ${choiceWords(value)}`;
  return { parameter, none: ANY, read: choiceOf, text: choiceText, words };
}

const MEMBERS = Object.entries(CONDITIONS) as [keyof Filter, Condition<unknown>][];

function filterWith(value: (condition: Condition<unknown>) => unknown): Filter {
  return Object.fromEntries(
    MEMBERS.map(([member, condition]) => [member, value(condition)]),
  ) as unknown as Filter;
}

/** Every task. */
export const NO_FILTER = filterWith(({ none }) => none);

/** The filter that is in a query string. What is no filter there is left alone; the API says what is wrong in it. */
export function filterOf(parameters: URLSearchParams): Filter {
  return filterWith(({ parameter, read }) => read(parameters.getAll(parameter)));
}

/** A filter as parameters of the API and of the page's URL: always in the same order, conditions alone. */
export function filterParameters(filter: Filter): URLSearchParams {
  const pairs = MEMBERS.map(([member, { parameter, text }]): [string, string] => [
    parameter,
    text(filter[member]),
  ]);
  return new URLSearchParams(pairs.filter(([, value]) => value !== ''));
}

/** Whether a filter lets everything through. */
export function isEmptyFilter(filter: Filter): boolean {
  return filterParameters(filter).size === 0;
}

/** A path as one types it, as the API wants it: with `/` at its end, since only whole segments are looked up. */
export function typedPrefix(text: string): string {
  return text === '' || text.endsWith('/') ? text : `${text}/`;
}

/** Adds a value to a choice, or takes it out. */
export function toggled({ values, negated }: Choice, value: string): Choice {
  const others = values.filter((other) => other !== value);
  return { values: others.length < values.length ? others : [...values, value], negated };
}

/** A filter in words, one for each condition: `status running or failed`, `type not ocr`. */
export function filterWords(filter: Filter): string[] {
  const conditions = MEMBERS.filter(([member, { text }]) => text(filter[member]) !== '');
  return conditions.map(([member, { words }]) => words(filter[member]));
}

/** Plain values are alternatives, negated ones are taken away from them, or from everything when there are no plain ones. */
function choiceOf(texts: readonly string[]): Choice {
  const all = [...new Set(texts.flatMap((text) => text.split(',')))].filter((text) => text !== '');
  const negated = all.filter((text) => text.startsWith('!')).map((text) => text.slice(1));
  const plain = all.filter((text) => !text.startsWith('!'));
  if (plain.length === 0) return negated.length === 0 ? ANY : { values: negated, negated: true };
  const left = plain.filter((value) => !negated.includes(value));
  // No values would be no condition. When each is taken away again, no task matches, so it stays as it was said.
  return { values: left.length > 0 ? left : all, negated: false };
}

function choiceText({ values, negated }: Choice): string {
  return values.map((value) => (negated && !value.startsWith('!') ? `!${value}` : value)).join(',');
}

function choiceWords({ values, negated }: Choice): string {
  return negated ? `not ${values.join(' nor ')}` : values.join(' or ');
}
