import { z } from 'zod';
import { stepsField, taskIdField, timeField } from './fields.js';

/** The most silences in one request. */
export const SILENCES_MAX = 500;

/** What the watchdog can have recorded of a task. */
export const SILENCES = ['silent', 'heard_again', 'failed'] as const;

/** One of `SILENCES`. */
export type SilenceKind = (typeof SILENCES)[number];

/** The request on `tasks.commands.silences`. */
export const silencesRequestSchema = z.strictObject({
  silences: z
    .array(
      z.strictObject({
        kind: z.enum(SILENCES, { error: `must be one of ${SILENCES.join(', ')}` }),
        task_id: taskIdField,
        /** Of the last event that the watchdog knows: with a newer one it is not so any more. */
        revision: stepsField,
        /** When something was last heard of the task, as far as the watchdog knows. */
        last_heard_at: timeField,
      }),
    )
    .max(SILENCES_MAX, { error: `must have at most ${SILENCES_MAX} silences` }),
});

/** A request to record what the watchdog has found. */
export type SilencesRequest = z.infer<typeof silencesRequestSchema>;

/** One task that is silent, or not any more. */
export type Silence = SilencesRequest['silences'][number];

/**
 * What became of one: it is on disk; it is not so any more; the task takes no such event, and asking again does not help; or it
 * is not known, and asking again has no second effect.
 */
export type SilenceOutcome = 'recorded' | 'outdated' | 'refused' | 'unavailable';

/** The reply on `tasks.commands.silences`: one outcome for each, in the order asked. */
export interface SilencesReply {
  ok: true;
  outcomes: SilenceOutcome[];
}
