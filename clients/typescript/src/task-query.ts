import type { TaskFilter } from './types.js';
import { FILTER_MEMBERS, type LIST_INCLUDES, type STREAM_INCLUDES } from './wire.js';
import { snakeCase, wireMembers, type CamelCase } from './wire-form.js';

/** What a list shows beside the task's state. */
export type ListInclude = CamelCase<(typeof LIST_INCLUDES)[number]>;

/** What a stream shows beside the task's state. */
export type StreamInclude = CamelCase<(typeof STREAM_INCLUDES)[number]>;

/** A filter as the API has it, in parameters and in bodies alike. */
export function wireFilter(filter: TaskFilter): Record<string, string | number | readonly string[]> {
  const members = Object.entries(wireMembers(filter, FILTER_MEMBERS));
  const said = members.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]);
  return withoutUndefined(Object.fromEntries(said) as Record<string, string | number | readonly string[]>);
}

/** The parameters of a list or a stream. */
export function queryOf(
  filter: TaskFilter,
  { include, ...others }: { include?: readonly string[] | undefined } & Record<string, unknown> = {},
): string {
  const query = new URLSearchParams();
  const parameters = { ...wireFilter(filter), include: include?.map(snakeCase), ...others };
  for (const [name, value] of Object.entries(withoutUndefined(parameters)))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) query.append(name, String(one));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function withoutUndefined<Value>(members: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(members).filter((member): member is [string, Value] => member[1] !== undefined),
  );
}
