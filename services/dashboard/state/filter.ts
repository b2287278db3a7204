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
}

const ANY: Choice = { values: [], negated: false };

/** Every task. */
export const NO_FILTER: Filter = {
  projectId: '',
  status: ANY,
  taskType: ANY,
  createdAfter: '',
  createdBefore: '',
  key: '',
  keyPrefix: '',
};

/** The filter that is in a query string. What is no filter there is left alone; the API says what is wrong in it. */
export function filterOf(parameters: URLSearchParams): Filter {
  return {
    projectId: parameters.get('project_id') ?? '',
    status: choiceOf(parameters.getAll('status')),
    taskType: choiceOf(parameters.getAll('task_type')),
    createdAfter: parameters.get('created_after') ?? '',
    createdBefore: parameters.get('created_before') ?? '',
    key: parameters.get('key') ?? '',
    keyPrefix: parameters.get('key_prefix') ?? '',
  };
}

/** A filter as parameters of the API and of the page's URL: always in the same order, conditions alone. */
export function filterParameters(filter: Filter): URLSearchParams {
  const pairs: [string, string][] = [
    ['project_id', filter.projectId],
    ['status', choiceText(filter.status)],
    ['task_type', choiceText(filter.taskType)],
    ['created_after', filter.createdAfter],
    ['created_before', filter.createdBefore],
    ['key', filter.key],
    ['key_prefix', filter.keyPrefix],
  ];
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
  const words: string[] = [];
  if (filter.projectId !== '') words.push(`project ${filter.projectId}`);
  if (filter.status.values.length > 0) words.push(`status ${choiceWords(filter.status)}`);
  if (filter.taskType.values.length > 0) words.push(`type ${choiceWords(filter.taskType)}`);
  if (filter.createdAfter !== '') words.push(`created from ${filter.createdAfter.replace('T', ' ')}`);
  if (filter.createdBefore !== '') words.push(`created before ${filter.createdBefore.replace('T', ' ')}`);
  if (filter.key !== '') words.push(`key ${filter.key}`);
  if (filter.keyPrefix !== '') words.push(`key below ${filter.keyPrefix}`);
  return words;
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
