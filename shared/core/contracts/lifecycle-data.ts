import { z } from 'zod';
import { MESSAGE_LEVELS } from '../domain/events.js';
import type { LifecycleEventType } from './event-types.js';
import {
  attemptField,
  finalTextField,
  objectField,
  recognisable,
  shortTextField,
  stepsField,
  textField,
  timeField,
} from './fields.js';
import { creationFields, heartbeatField, namesOneProject, ONE_PROJECT } from './task-fields.js';

/** How long the name of a kind of error may be, in characters. */
export const ERROR_TYPE_CHARACTERS_MAX = 256;

/** How long the name of a worker may be, in characters. */
export const WORKER_CHARACTERS_MAX = 256;

/**
 * The schema of each type's `data`. Members stand in alphabetical order, which is the canonical one: so does what is
 * read by them, and hashing it needs no sorting.
 */
export function lifecycleDataSchemas(taskTypes: readonly string[]) {
  const created = recognisable(
    z.strictObject(sorted(creationFields(taskTypes))).refine(namesOneProject, ONE_PROJECT),
    (facts) => namesOneProject(facts as object),
  );
  const attempt = attemptField.optional();
  const total = stepsField.optional();
  const task = created.optional();
  const failure = {
    attempt,
    error_message: finalTextField,
    error_stack: finalTextField.optional(),
    error_type: shortTextField(ERROR_TYPE_CHARACTERS_MAX).optional(),
  };
  return {
    'task.created': created,
    'task.started': z.strictObject({
      attempt,
      heartbeat_s: heartbeatField.optional(),
      task,
      total,
      worker: shortTextField(WORKER_CHARACTERS_MAX).optional(),
    }),
    'task.progressed': recognisable(
      z
        .strictObject({
          attempt,
          level: z.enum(MESSAGE_LEVELS, { error: `must be one of ${MESSAGE_LEVELS.join(', ')}` }).optional(),
          message: textField.optional(),
          progress: stepsField.optional(),
          task,
          total,
        })
        .superRefine((said, context) => {
          const [member, message] = progressedFault(said) ?? [];
          if (member !== undefined) context.addIssue({ code: 'custom', path: [member], message });
        }),
      (said) => progressedFault(said as ProgressedMembers) === undefined,
    ),
    'task.attempt_failed': z.strictObject({ ...failure, retry_at: timeField.optional(), task }),
    'task.completed': z.strictObject({ attempt, result: objectField.optional(), task }),
    'task.failed': z.strictObject({ ...failure, task }),
    'task.cancelled': z.strictObject({ attempt, reason: finalTextField.optional(), task }),
  } satisfies Record<LifecycleEventType, z.ZodType>;
}

/** Those of `task.progressed` that belong together; what matters is whether they are there. */
type ProgressedMembers = Partial<Record<'progress' | 'message' | 'total' | 'level', unknown>>;

/** What is wrong with them together: they say progress, or a message, or both. */
function progressedFault({
  progress,
  message,
  total,
  level,
}: ProgressedMembers): [member: string, fault: string] | undefined {
  if (progress === undefined && message === undefined)
    return ['progress', 'must be an int of 0 or more where there is no message'];
  if (progress === undefined && total !== undefined) return ['total', 'can only be said with progress'];
  if (message === undefined && level !== undefined) return ['level', 'can only be said with a message'];
  return undefined;
}

function sorted<Members extends object>(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1)),
  ) as Members;
}
