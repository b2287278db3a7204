import { UnavailableError } from '../contracts/errors.js';
import { describeIssue } from '../contracts/issues.js';
import { withoutNulls } from '../contracts/left-out.js';
import {
  cancelRequestSchema,
  type CancelErrorCode,
  type CancelReply,
  type CancelRequest,
} from '../contracts/messages.js';
import { CANCEL_SUBJECT } from '../contracts/subjects.js';
import type { EventStore } from '../ports/event-store.js';
import type { RequestContext } from '../ports/message-bus.js';
import { askedBy, checkRight } from './asked-by.js';
import { CANCEL_SOURCE } from './cancel-receipt.js';
import type { CommandHandler } from './command-handler.js';
import type { ReceivedCommand } from './received-command.js';
import { taskStream } from './streams.js';
import type { CommandResult } from './task-draft.js';

/** The switch: cancels a task that is pending or running. */
export class TaskCanceller {
  constructor(private readonly deps: { handler: CommandHandler; store: EventStore }) {}

  /**
   * Cancels a task. A repeat of the command that cancelled it (the same `command_id`) gets the same answer.
   *
   * @param request A `CancelRequest`, not yet validated.
   * @param context After its deadline nothing is begun.
   * @throws InvalidRequestError when its caller may not cancel.
   */
  async cancel(request: unknown, context: RequestContext): Promise<CancelReply> {
    checkRight(context, 'cancel', CANCEL_SUBJECT);
    const parsed = cancelRequestSchema.safeParse(withoutNulls(request, cancelRequestSchema));
    if (!parsed.success) return failed('invalid_request', describeIssue(parsed.error));
    try {
      return await this.carryOut(parsed.data, context);
    } catch (error) {
      if (error instanceof UnavailableError) return failed(error.code, error.message);
      throw error;
    }
  }

  /**
   * Cancels a task by a request that is known to be well-formed, of who may cancel.
   *
   * @param cause What in the ledger led to it.
   * @throws UnavailableError when the effect is unknown; the repeat has no second one.
   */
  async carryOut(
    { task_id, reason, actor, command_id }: CancelRequest,
    context: RequestContext,
    cause?: ReceivedCommand['cause'],
  ): Promise<CancelReply> {
    const { deadlineMs, traceparent } = context;
    const extensions: Record<string, string> = traceparent === undefined ? {} : { traceparent };
    const received = {
      command: { type: 'CancelTask' as const, facts: reason === undefined ? {} : { reason } },
      name: CANCEL_SUBJECT,
      origin: { source: CANCEL_SOURCE, id: command_id },
      occurredAt: undefined,
      extensions,
      ...askedBy(context, actor),
      ...(cause !== undefined && { cause }),
    };
    const [result] = (await this.deps.handler.handle({ id: task_id }, [received], deadlineMs)) as [
      CommandResult,
    ];
    switch (result.outcome) {
      case 'accepted':
        return { ok: true, task_id, revision: result.revision, position: result.position };
      case 'duplicate':
        return this.firstAnswer(task_id, command_id);
      case 'refused':
        return failed(result.code as CancelErrorCode, result.message);
    }
  }

  /** A task that was cancelled by this command ends with it: nothing follows a final event. */
  private async firstAnswer(taskId: number, commandId: string): Promise<CancelReply> {
    const last = { direction: 'backwards', limit: 1 } as const;
    for await (const { revision, position } of this.deps.store.readStream(taskStream(taskId), last)) {
      return { ok: true, task_id: taskId, revision, position };
    }
    throw new UnavailableError(`The event of command ${commandId} could not be read`);
  }
}

function failed(code: CancelErrorCode, message: string): CancelReply {
  return { ok: false, error: { code, message } };
}
