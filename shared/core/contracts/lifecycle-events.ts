import { z } from 'zod';
import type { TaskCommand } from '../domain/commands.js';
import type { TaskEventFacts } from '../domain/events.js';
import type { JsonObject } from '../domain/json.js';
import type { EventOrigin } from '../domain/task.js';
import { InvalidRequestError } from './errors.js';
import { dataOf, isJsonType, JSON_TYPE_ALLOWED } from './event-data.js';
import { extensionsOf } from './event-extensions.js';
import { LIFECYCLE_EVENT_TYPES, type LifecycleEventType } from './event-types.js';
import { ANY_TASK_TYPE, isTaskKey, nameField, textField, timeField } from './fields.js';
import { describeIssue } from './issues.js';
import { withoutNulls } from './left-out.js';
import { plainFacts } from './plain-facts.js';
import { lifecycleDataSchemas } from './lifecycle-data.js';
import { isJsonObject } from './strict-json.js';
import { normalTime } from './time.js';

/** How long a CloudEvent's `source` and `id` may be, in characters. */
export const EVENT_NAME_CHARACTERS_MAX = 512;

/** Sources of the events that Taskledger makes itself; no publisher may use one. */
export const OWN_SOURCE_PREFIX = 'taskledger:';

/** Which task an event is about: by id, by the publisher's key, or none yet. */
export type TaskReference = { id: number } | { key: string } | { none: true };

/** A lifecycle event that is well formed: what it asks for, of which task, said by whom and when. */
export interface LifecycleEvent {
  origin: EventOrigin;
  type: LifecycleEventType;
  task: TaskReference;
  command: TaskCommand;
  /** What creates the task, if there is none yet. */
  creation: TaskCommand | undefined;
  /** What the publisher said, RFC 3339 with `Z` and milliseconds. */
  occurredAt: string | undefined;
  /** CloudEvents extension attributes, in their canonical string form. */
  extensions: Record<string, string>;
  /** What has to be registered before it is carried out; `undefined` for most. */
  naming?: NamedInCreation | undefined;
}

/** What a creation names that is not in the settings. */
export interface NamedInCreation {
  taskType?: string;
}

/** Reads a CloudEvent 1.0 in its JSON form (CloudEvents JSON format 1.0.2). */
export type ParseLifecycleEvent = (event: unknown) => LifecycleEvent;

/** Makes the reader of lifecycle events for the task types that are set up; `ANY_TASK_TYPE` among them stands for any. */
export function lifecycleEventParser(taskTypes: readonly string[]): ParseLifecycleEvent {
  const schemas = lifecycleDataSchemas(taskTypes);
  const plain = new Map(Object.entries(schemas).map(([type, schema]) => [type, plainFacts(schema)]));
  const inSettings = new Set(taskTypes);
  const isOpen = inSettings.has(ANY_TASK_TYPE);
  const namingOf = ({ type, facts }: TaskCommand): NamedInCreation | undefined =>
    isOpen && type === 'CreateTask' && !inSettings.has(facts.task_type)
      ? { taskType: facts.task_type }
      : undefined;
  return (event) => {
    if (!isJsonObject(event)) throw new InvalidRequestError('An event must be a JSON object');
    const attributes = plainAttributes(event) ?? parse(eventAttributesSchema, event, '');
    const { type } = attributes;
    const said = dataOf(event) ?? {};
    const data =
      (isJsonObject(said) ? plain.get(type)?.(said) : undefined) ??
      parse(schemas[type] as z.ZodType<JsonObject>, said, 'data');
    const created = data.task as JsonObject | undefined;
    if (created !== undefined) delete data.task;
    const task = reference(attributes.type, attributes.subject ?? undefined);
    const asked = command(attributes.type, data as never, task);
    const creation = created === undefined ? undefined : command('task.created', created as never, task);
    return {
      origin: { source: attributes.source, id: attributes.id },
      type: attributes.type,
      task,
      command: asked,
      creation,
      occurredAt: attributes.time ?? undefined,
      extensions: extensionsOf(event, KNOWN_MEMBERS),
      naming: namingOf(creation ?? asked),
    };
  };
}

const sourceField = nameField(EVENT_NAME_CHARACTERS_MAX).refine(
  (source) => !source.startsWith(OWN_SOURCE_PREFIX),
  {
    error: `must not start with ${OWN_SOURCE_PREFIX}, which is Taskledger's own`,
  },
);

/** The context attributes of a CloudEvent 1.0; whatever else an event has beside `data` is an extension. */
export const eventAttributesSchema = z.object({
  specversion: z.literal('1.0', { error: 'must be "1.0"' }),
  id: nameField(EVENT_NAME_CHARACTERS_MAX),
  source: sourceField,
  type: z.enum(LIFECYCLE_EVENT_TYPES, { error: `must be one of ${LIFECYCLE_EVENT_TYPES.join(', ')}` }),
  subject: textField.nullish(),
  time: timeField.nullish(),
  datacontenttype: z
    .string({ error: JSON_TYPE_ALLOWED })
    .refine(isJsonType, { error: JSON_TYPE_ALLOWED })
    .nullish(),
});

type Attributes = Pick<z.infer<typeof eventAttributesSchema>, 'id' | 'source' | 'type' | 'subject' | 'time'>;

const TYPES: ReadonlySet<unknown> = new Set(LIFECYCLE_EVENT_TYPES);

/**
 * The attributes of an event that is plain and well formed, as nearly all are, in a tenth of the schema's time; `undefined`
 * where the schema has to look.
 */
export function plainAttributes(event: JsonObject): Attributes | undefined {
  const { specversion, id, source, type, subject = null, time = null } = event;
  const { datacontenttype = 'application/json' } = event;
  if (specversion !== '1.0' || datacontenttype !== 'application/json') return undefined;
  if (!isName(id) || !isName(source) || source.startsWith(OWN_SOURCE_PREFIX) || !TYPES.has(type))
    return undefined;
  if (subject !== null && typeof subject !== 'string') return undefined;
  const normal = typeof time === 'string' ? normalTime(time) : time;
  if (normal !== null && typeof normal !== 'string') return undefined;
  return { id, source, type: type as LifecycleEventType, subject, time: normal };
}

/** Everything that is no extension; `dataschema` is kept as if it were one. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set([
  ...Object.keys(eventAttributesSchema.shape),
  ...['data', 'data_base64'],
]);

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= EVENT_NAME_CHARACTERS_MAX;
}

function reference(type: LifecycleEventType, subject: string | undefined): TaskReference {
  if (type === 'task.created') {
    if (subject === undefined || subject === '') return { none: true };
    if (/^[0-9]+$/.test(subject)) {
      throw new InvalidRequestError(
        'subject: task.created never names an id; leave it out or name a key of your own',
      );
    }
  } else if (subject === undefined || subject === '') {
    throw new InvalidRequestError(`subject: ${type} must name its task, by the id in digits or by its key`);
  }
  if (/^[1-9][0-9]*$/.test(subject)) {
    const id = Number(subject);
    if (Number.isSafeInteger(id)) return { id };
  }
  if (!isTaskKey(subject)) {
    throw new InvalidRequestError(
      'subject: must be a task id in digits, or a key of 1 to 512 bytes with at least one character that is no digit',
    );
  }
  return { key: subject };
}

function command(type: LifecycleEventType, facts: never, task: TaskReference): TaskCommand {
  switch (type) {
    case 'task.created': {
      const said: TaskEventFacts['TaskCreated'] = facts;
      // In alphabetical order, as the schemas are.
      const created = 'key' in task ? { key: task.key, params: {}, ...said } : { params: {}, ...said };
      return { type: 'CreateTask', facts: created };
    }
    case 'task.started':
      return { type: 'StartTask', facts };
    case 'task.progressed':
      return { type: 'ReportProgress', facts };
    case 'task.attempt_failed':
      return { type: 'FailAttempt', facts };
    case 'task.completed':
      return { type: 'CompleteTask', facts };
    case 'task.failed':
      return { type: 'FailTask', facts };
    case 'task.cancelled':
      return { type: 'ReportCancelled', facts };
  }
}

function parse<Output>(schema: z.ZodType<Output>, value: unknown, prefix: string): Output {
  const parsed = schema.safeParse(withoutNulls(value, schema));
  if (!parsed.success) throw new InvalidRequestError(describeIssue(parsed.error, prefix));
  return parsed.data;
}
