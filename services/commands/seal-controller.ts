import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { SealRecorder } from '../../shared/core/application/seals/seal-recorder.js';
import type { BusFailure } from '../../shared/core/contracts/messages.js';
import type { SealReply } from '../../shared/core/contracts/seals.js';
import { SEAL_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { failureOf } from './bus-errors.js';

/** Answers on `tasks.commands.seal`, where the sealer asks. */
@Controller()
export class SealController {
  constructor(@Inject(SealRecorder) private readonly seals: SealRecorder) {}

  @MessagePattern(SEAL_SUBJECT)
  async record(@Payload() data: unknown, @Ctx() context: RequestContext): Promise<SealReply | BusFailure> {
    try {
      return await this.seals.record(data, context);
    } catch (error) {
      return failureOf(error);
    }
  }
}
