import { z } from 'zod';
import { TASK_STATUSES, type TaskSnapshot } from '../domain/task.js';
import {
  intField,
  objectField,
  projectIdField,
  projectNameField,
  shownTaskTypeField,
  shownTimeField,
  stepsField,
  taskIdField,
  taskKeyField,
  taskNameField,
  taskTypeField,
  timeField,
} from './fields.js';
import { labelsField } from './labels.js';
import { timeJson } from './time.js';

/** The longest promise to be heard of: a week, in seconds. */
export const HEARTBEAT_S_MAX = 7 * 86_400;

/** A publisher's promise to be heard of at least so often, in seconds. */
export const heartbeatField = intField(`an int from 1 to ${HEARTBEAT_S_MAX}`, 1, HEARTBEAT_S_MAX);

const textOrNull = z.string().nullable();

/**
 * The fields of a task: what is shown of it where, what can be asked for, and what the description and the types of the page
 * and the client are made of. The contract gives all but `beyond`, with their order; what is new goes there.
 */
export const TASK_FIELDS = {
  /** In lists and details. */
  state: {
    id: taskIdField,
    project_id: z.int(),
    task_type: shownTaskTypeField,
    status: z.enum(TASK_STATUSES),
    progress: stepsField.meta({ description: 'Current progress' }),
    total: stepsField.meta({ description: 'Total steps; 0 while unknown' }),
  },
  /** In details, and in lists where they are asked for. They can be large. */
  large: {
    params: objectField.meta({ description: 'Input parameters' }),
    result: objectField.meta({ description: 'Output; {} until completed' }),
    error_message: z.string().meta({ description: 'Why it failed; empty until then' }),
  },
  /** In lists and details, after what stands above. */
  created: { created_at: shownTimeField },
  /** In details, and in lists and streams where they are asked for. */
  ends: {
    started_at: shownTimeField.nullable(),
    completed_at: shownTimeField.nullable(),
  },
  /** Only where they are asked for. */
  beyond: {
    key: taskKeyField.nullable().meta({ description: "The publisher's own name for the task" }),
    attempt: stepsField.meta({ description: 'How often it was started; 0 until then' }),
    labels: labelsField.meta({ description: 'What it was created with, for good; {} for none' }),
    parent: textOrNull.meta({
      description: "The task that it is a part of: that one's id in digits, or its key",
    }),
    retry_of: textOrNull.meta({ description: 'The task that it tries again, said likewise' }),
    worker: textOrNull.meta({ description: 'Who runs it, or ran it last' }),
    error_type: textOrNull.meta({ description: 'What kind of error its last attempt ended with' }),
    due_at: shownTimeField.nullable(),
    heartbeat_s: heartbeatField
      .nullable()
      .meta({ description: 'How often its publisher promises to be heard of, in seconds' }),
    silent: z
      .boolean()
      .meta({ description: 'Whether it runs and is not heard of any more, against that promise' }),
  },
  /** In lists and details where they are asked for. No document has them: they are looked up each time. */
  lookedUp: {
    heard_at: shownTimeField.nullable().meta({
      description:
        'When an event or a heartbeat of it was last heard, while it runs and its publisher has promised that; null where that is not known',
    }),
  },
};

/** What a task is created with; its key aside, which an event has as its subject. */
export function creationFields(taskTypes: readonly string[]) {
  return {
    /** One of the two: `namesOneProject`. */
    project_id: projectIdField.optional(),
    project: projectNameField.optional(),
    task_type: taskTypeField(taskTypes),
    params: objectField.optional(),
    total: stepsField.optional(),
    labels: labelsField.optional(),
    parent: taskNameField.optional(),
    retry_of: taskNameField.optional(),
    due_at: timeField.optional(),
    heartbeat_s: heartbeatField.optional(),
    when_silent: z.enum(['fail'], { error: 'must be "fail"' }).optional(),
  };
}

/** Whether what a task is created with has its project by its id or by its name, and not by both. */
export function namesOneProject({
  project_id,
  project,
}: {
  project_id?: unknown;
  project?: unknown;
}): boolean {
  return (project_id === undefined) !== (project === undefined);
}

/** What is said of what `namesOneProject` does not hold for. */
export const ONE_PROJECT = {
  path: ['project_id'],
  error: 'must be an int, or project a name; one of the two',
};

const { large, ends, beyond, lookedUp } = TASK_FIELDS;

/** What can be asked for in a list beside the contract's members, out of the documents and in the order in which it follows them. */
export const LIST_INCLUDES = namesOf({ ...beyond, ...ends, ...large });

/** The same for a stream, which shows nothing large. */
export const STREAM_INCLUDES = namesOf({ ...beyond, ...ends });

/** The same for the detail, which has the others already. */
export const DETAIL_INCLUDES = namesOf(beyond);

/** What is looked up for a list or a detail, and follows those above. */
export const LOOKED_UP_INCLUDES = namesOf(lookedUp);

/** A member that an answer has only when it is asked for. */
export type TaskInclude = (typeof LIST_INCLUDES)[number];

/** One that a stream has. */
export type StreamInclude = (typeof STREAM_INCLUDES)[number];

/**
 * The small ones as a task's document keeps them, the key aside, which it is found by: JSON, a number, or the traits. Times have
 * milliseconds, which are shown where they are asked for.
 */
export interface TaskExtras {
  createdAtJson: string;
  startedAtJson: string;
  completedAtJson: string;
  attempt: number;
  traits: TaskTraits;
}

/** What only some tasks have, as their state says it. What one lacks is no member. */
export type TaskTraits = Readonly<Partial<Pick<TaskSnapshot, (typeof TRAITS)[number]>>>;

/** Their names. */
export const TRAITS = [
  'labels',
  'parent',
  'retry_of',
  'worker',
  'error_type',
  'due_at',
  'heartbeat_s',
  'silent',
] as const satisfies readonly TaskInclude[];

/** Those of most tasks. */
export const NO_TRAITS: TaskTraits = Object.freeze({});

/** What they are in a state. */
export function taskExtras(snapshot: TaskSnapshot): TaskExtras {
  const { created_at, started_at, completed_at, attempt } = snapshot;
  return {
    createdAtJson: timeJson(created_at),
    startedAtJson: timeJson(started_at),
    completedAtJson: timeJson(completed_at),
    attempt,
    traits: traitsOf(snapshot),
  };
}

function traitsOf(snapshot: TaskSnapshot): TaskTraits {
  let traits: Record<string, unknown> | undefined;
  for (const trait of TRAITS) if (snapshot[trait] !== undefined) (traits ??= {})[trait] = snapshot[trait];
  return traits ?? NO_TRAITS;
}

/**
 * The large ones as a document keeps them, as JSON, and what each is at first. The order is stored: the embedded read model
 * has them by their place in it.
 */
export const LARGE_PARTS = [
  { member: 'paramsJson', empty: '{}' },
  { member: 'resultJson', empty: '{}' },
  { member: 'errorMessageJson', empty: '""' },
] as const;

/** The name of such a part. */
export type LargePart = (typeof LARGE_PARTS)[number]['member'];

/** Which member of a document each is made of. */
export const MEMBER_OF = {
  key: 'key',
  attempt: 'attempt',
  labels: 'traits',
  parent: 'traits',
  retry_of: 'traits',
  worker: 'traits',
  error_type: 'traits',
  due_at: 'traits',
  heartbeat_s: 'traits',
  silent: 'traits',
  started_at: 'startedAtJson',
  completed_at: 'completedAtJson',
  params: 'paramsJson',
  result: 'resultJson',
  error_message: 'errorMessageJson',
} as const satisfies Record<TaskInclude, 'key' | keyof TaskExtras | LargePart>;

function namesOf<Fields extends object>(fields: Fields): (keyof Fields)[] {
  return Object.keys(fields) as (keyof Fields)[];
}
