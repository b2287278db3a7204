import { ANY, choiceOf, choiceText, choiceWords, type Choice } from './choice.js';

/** Which tasks the page shows. Texts as the user gave them; an empty one, or none of several, is no condition. */
export interface Filter {
  projectId: string;
  /** By its name. */
  project: string;
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
  /** Whole words, all of which a task must have; those after `error:` in its error. */
  words: string;
  ids: readonly string[];
  /** Each `name:value`; all of them. */
  labels: readonly string[];
  /** One of these. */
  workers: readonly string[];
  errorTypes: readonly string[];
  /** The task that they are a part of, by its id or its key. */
  parent: string;
  /** The task that they are or stand below, said likewise. */
  root: string;
  /** The task that they try again. */
  retryOf: string;
  /** `true`: only those that run and are not heard of any more. */
  silent: string;
  endedAfter: string;
  endedBefore: string;
  startedAfter: string;
  startedBefore: string;
  dueBefore: string;
}

/** What a filter's member is in a query string, and in words. */
interface Condition<Value> {
  parameter: string;
  /** No condition. */
  none: Value;
  /** Out of all that is given for the parameter. */
  read: (texts: readonly string[]) => Value;
  /** What is given for the parameter; nothing where it is no condition. */
  texts: (value: Value) => readonly string[];
  /** Where it is a condition; more than one where all of them must hold. */
  words: (value: Value) => readonly string[];
}

/** In the order in which they are always said. */
const CONDITIONS: { [Member in keyof Filter]: Condition<Filter[Member]> } = {
  projectId: text('project_id', (id) => `project ${id}`),
  project: text('project', (name) => `project ${name}`),
  status: choice('status', 'status'),
  taskType: choice('task_type', 'type'),
  createdAfter: text('created_after', (time) => `created from ${shownTime(time)}`),
  createdBefore: text('created_before', (time) => `created before ${shownTime(time)}`),
  key: text('key', (key) => `key ${key}`),
  keyPrefix: text('key_prefix', (path) => `key below ${path}`),
  words: text('q', (words) => `words ${words}`),
  ids: {
    ...several('id', (ids) => [`task ${ids.join(' or ')}`]),
    read: (texts) => texts.flatMap((ids) => ids.split(',')).filter((id) => id !== ''),
    texts: (ids) => (ids.length === 0 ? [] : [ids.join(',')]),
  },
  labels: several('label', (labels) => labels.map((label) => `label ${label}`)),
  workers: several('worker', (workers) => [`worker ${workers.join(' or ')}`]),
  errorTypes: several('error_type', (types) => [`error ${types.join(' or ')}`]),
  parent: text('parent', (task) => `part of ${task}`),
  root: text('root', (task) => `${task} and all below it`),
  retryOf: text('retry_of', (task) => `tries ${task} again`),
  silent: text('silent', (silent) => (silent === 'true' ? 'not heard of any more' : `silent ${silent}`)),
  endedAfter: text('ended_after', (time) => `ended from ${shownTime(time)}`),
  endedBefore: text('ended_before', (time) => `ended before ${shownTime(time)}`),
  startedAfter: text('started_after', (time) => `started from ${shownTime(time)}`),
  startedBefore: text('started_before', (time) => `started before ${shownTime(time)}`),
  dueBefore: text('due_before', (time) => `due before ${shownTime(time)}`),
};

function text(parameter: string, words: (text: string) => string): Condition<string> {
  return {
    ...{ parameter, none: '', read: ([first = '']) => first },
    texts: (value) => (value === '' ? [] : [value]),
    words: (value) => [words(value)],
  };
}

function choice(parameter: string, name: string): Condition<Choice> {
  return {
    ...{ parameter, none: ANY, read: choiceOf },
    texts: (value) => (value.values.length === 0 ? [] : [choiceText(value)]),
    words: (value) => [`${name} ${choiceWords(value)}`],
  };
}

function several(
  parameter: string,
  words: Condition<readonly string[]>['words'],
): Condition<readonly string[]> {
  const read = (texts: readonly string[]): string[] => [...new Set(texts)].filter((text) => text !== '');
  return { parameter, none: [], read, texts: (values) => values, words };
}

function shownTime(time: string): string {
  return time.replace('T', ' ');
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
  const pairs = MEMBERS.flatMap(([member, { parameter, texts }]) =>
    texts(filter[member]).map((value): [string, string] => [parameter, value]),
  );
  return new URLSearchParams(pairs);
}

/** Whether a filter lets everything through. */
export function isEmptyFilter(filter: Filter): boolean {
  return filterParameters(filter).size === 0;
}

/** A path as one types it, as the API wants it: with `/` at its end, since only whole segments are looked up. */
export function typedPrefix(text: string): string {
  return text === '' || text.endsWith('/') ? text : `${text}/`;
}

/** A filter in words, one for each condition: `status running or failed`, `type not ocr`. */
export function filterWords(filter: Filter): string[] {
  return MEMBERS.flatMap(([member, { texts, words }]) => {
    const value = filter[member];
    return texts(value).length === 0 ? [] : words(value);
  });
}
