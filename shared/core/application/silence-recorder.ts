import { describeIssue } from '../contracts/issues.js';
import { InvalidRequestError, UnavailableError } from '../contracts/errors.js';
import { OWN_SOURCE_PREFIX } from '../contracts/lifecycle-events.js';
import {
  silencesRequestSchema,
  type Silence,
  type SilenceKind,
  type SilenceOutcome,
  type SilencesReply,
} from '../contracts/silences.js';
import { SILENCES_SUBJECT } from '../contracts/subjects.js';
import type { TaskCommand } from '../domain/commands.js';
import type { RequestContext } from '../ports/message-bus.js';
import type { Logger } from '../ports/logger.js';
import { checkRight } from './asked-by.js';
import type { CommandHandler } from './command-handler.js';
import type { CommandResult } from './task-draft.js';

/** The source of the events that the watchdog leads to. */
export const WATCHDOG_SOURCE = `${OWN_SOURCE_PREFIX}watchdog`;

/** Who is on record for them: nobody but the ledger itself asks for them. */
export const OWN_PRINCIPAL = 'taskledger';

/** The type of error of a task that failed because nothing was heard of it. */
export const SILENT_ERROR_TYPE = 'Silent';

/** Puts on record which tasks have gone silent, are heard of again, or have failed for it. */
export class SilenceRecorder {
  constructor(private readonly deps: { handler: Pick<CommandHandler, 'handle'>; logger: Logger }) {}

  /**
   * Records what is still so. Whatever becomes of one task, the others are recorded.
   *
   * @param request A `SilencesRequest`, not yet validated.
   * @param context After its deadline nothing is begun.
   * @throws InvalidRequestError when it is no such request, or its caller may not publish.
   */
  async record(request: unknown, context: RequestContext): Promise<SilencesReply> {
    checkRight(context, 'publish', SILENCES_SUBJECT);
    const parsed = silencesRequestSchema.safeParse(request);
    if (!parsed.success) throw new InvalidRequestError(describeIssue(parsed.error));
    const { silences } = parsed.data;
    const outcomes = await Promise.all(silences.map((one) => this.recordOne(one, context.deadlineMs)));
    return { ok: true, outcomes };
  }

  private async recordOne(silence: Silence, deadlineMs: number): Promise<SilenceOutcome> {
    const { kind, task_id, revision } = silence;
    const received = {
      command: commandOf(silence),
      name: SILENCES_SUBJECT,
      origin: { source: WATCHDOG_SOURCE, id: `${kind} ${task_id}@${revision}` },
      occurredAt: undefined,
      extensions: {},
      principal: OWN_PRINCIPAL,
    };
    try {
      const [result] = await this.deps.handler.handle({ id: task_id }, [received], deadlineMs);
      return outcomeOf(result as CommandResult);
    } catch (err) {
      if (err instanceof UnavailableError) return 'unavailable';
      const fields = { event: 'task_events_not_taken', err, target: { id: task_id } } as const;
      this.deps.logger.warn(fields, 'That a task is silent, or not any more, could not be recorded');
      return 'refused';
    }
  }
}

function commandOf({ kind, revision, last_heard_at }: Silence): TaskCommand {
  const commands: Record<SilenceKind, () => TaskCommand> = {
    silent: () => ({ type: 'DeclareSilent', facts: { last_heard_at }, revision }),
    heard_again: () => ({ type: 'DeclareHeard', facts: {}, revision }),
    failed: () => {
      const error_message = `Not heard of since ${last_heard_at}, for three times as long as promised`;
      return { type: 'FailSilent', facts: { error_message, error_type: SILENT_ERROR_TYPE }, revision };
    },
  };
  return commands[kind]();
}

function outcomeOf(result: CommandResult): SilenceOutcome {
  if (result.outcome !== 'refused') return 'recorded';
  return result.code === 'task_changed' ? 'outdated' : 'refused';
}
