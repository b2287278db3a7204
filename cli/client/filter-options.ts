import { Option, type Command } from 'commander';
import { FILTER_MEMBERS } from '../../clients/typescript/src/wire.js';
import { TASK_STATUSES } from '../../shared/core/domain/task.js';
import { collected } from './arguments.js';

type FilterMember = (typeof FILTER_MEMBERS)[number];

/**
 * What is said of the filters in the help; one that is not named here is known all the same. One without a value has
 * `true` as its only one.
 */
const TEXTS: Partial<Record<FilterMember, readonly [value: string, text: string]>> = {
  project_id: ['<id>', 'only tasks of this project'],
  status: [
    '<statuses>',
    'only tasks in these states; !completed for any other (with commas, or several times)',
  ],
  task_type: ['<types>', 'only tasks of these types; !ocr for any other'],
  created_after: ['<time>', 'only tasks created at this second (RFC 3339) or later'],
  created_before: ['<time>', 'only tasks created before this second'],
  key: ['<key>', 'only the task with this key'],
  key_prefix: [
    '<prefix>',
    'only tasks with a key that begins with these segments of a path: crawl/2025-03-12/',
  ],
  id: ['<ids>', 'only these tasks, with commas'],
  label: ['<name:value>', 'only tasks with this label; several times: with all of them'],
  parent: ['<task>', 'only tasks that are a part of this one, named by id or key'],
  root: ['<task>', 'only this task and all below it'],
  retry_of: ['<task>', 'only tasks that try this one again'],
  worker: ['<worker>', 'only tasks that this worker runs or ran last; several times: one of these'],
  error_type: ['<type>', 'only tasks whose last attempt ended with an error of this type'],
  silent: ['', 'only tasks that run and are not heard of any more'],
  ended_after: ['<time>', 'only tasks that ended at this second or later'],
  ended_before: ['<time>', 'only tasks that ended before this second'],
  started_after: ['<time>', 'only tasks first started at this second or later'],
  started_before: ['<time>', 'only tasks first started before this second'],
  due_before: ['<time>', 'only tasks that are due before this second'],
};

/** What a person says for short. */
const SHORT: Partial<Record<FilterMember, string>> = { task_type: '--type' };

/** Adds the filters of lists and streams, each as an option of the name that its parameter has. */
export function addFilters(command: Command): Command {
  for (const member of FILTER_MEMBERS) {
    const [value, text] = TEXTS[member] ?? ['<value>', `the filter ${member} of lists`];
    const names = [SHORT[member], `--${member.replaceAll('_', '-')}`].filter((name) => name !== undefined);
    const option = new Option(`${names.join(', ')} ${value}`.trimEnd(), text);
    if (value !== '') option.argParser(collected);
    // Told in the help and to shells; lists and negations of them are taken as well.
    if (member === 'status') option.argChoices = [...TASK_STATUSES];
    command.addOption(option);
  }
  return command;
}

/** The parameters that such options say. What is allowed is known to Taskledger alone, which says so. */
export function filterParameters(options: Record<string, unknown>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const member of FILTER_MEMBERS) {
    const values = (options[optionNameOf(member)] ?? []) as string[] | true;
    for (const value of values === true ? ['true'] : values) parameters.append(member, value);
  }
  return parameters;
}

/** As commander names an option: `--key-prefix` is `keyPrefix`. */
function optionNameOf(member: string): string {
  return member.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
