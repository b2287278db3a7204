import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { BulkCancels } from '../../shared/core/application/bulk-cancels.js';
import type { BulkCancelReply, BusFailure } from '../../shared/core/contracts/messages.js';
import {
  BULK_CANCEL_ABORT_SUBJECT,
  BULK_CANCEL_EXECUTE_SUBJECT,
  BULK_CANCEL_PREVIEW_SUBJECT,
} from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { BulkCancelRuns } from './bulk-cancel-runs.js';
import { failureOf } from './bus-errors.js';

/** Answers on `tasks.commands.bulk_cancel.*`. */
@Controller()
export class BulkCancelController {
  constructor(
    @Inject(BulkCancels) private readonly bulkCancels: BulkCancels,
    @Inject(BulkCancelRuns) private readonly runs: BulkCancelRuns,
  ) {}

  @MessagePattern(BULK_CANCEL_PREVIEW_SUBJECT)
  async preview(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<BulkCancelReply | BusFailure> {
    try {
      return await this.bulkCancels.preview(data, context);
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Answers once it is on record that it is to be executed; the work itself goes on in the background. */
  @MessagePattern(BULK_CANCEL_EXECUTE_SUBJECT)
  async execute(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<BulkCancelReply | BusFailure> {
    try {
      this.runs.checkRoom();
      const reply = await this.bulkCancels.start(data, context);
      if (reply.ok) this.runs.add(reply.id);
      return reply;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Answers once it is on record; whoever works on it sees so before its next task. */
  @MessagePattern(BULK_CANCEL_ABORT_SUBJECT)
  async abort(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<BulkCancelReply | BusFailure> {
    try {
      return await this.bulkCancels.abort(data, context);
    } catch (error) {
      return failureOf(error);
    }
  }
}
