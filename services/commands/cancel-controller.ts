import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { TaskCanceller } from '../../shared/core/application/task-canceller.js';
import type { BusFailure, CancelReply } from '../../shared/core/contracts/messages.js';
import { CANCEL_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { failureOf } from './bus-errors.js';

/** Answers on `tasks.commands.cancel`. */
@Controller()
export class CancelController {
  constructor(@Inject(TaskCanceller) private readonly canceller: TaskCanceller) {}

  @MessagePattern(CANCEL_SUBJECT)
  async cancel(@Payload() data: unknown, @Ctx() context: RequestContext): Promise<CancelReply | BusFailure> {
    try {
      return await this.canceller.cancel(data, context);
    } catch (error) {
      return failureOf(error);
    }
  }
}
