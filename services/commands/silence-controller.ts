import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { SilenceRecorder } from '../../shared/core/application/silence-recorder.js';
import type { BusFailure } from '../../shared/core/contracts/messages.js';
import type { SilencesReply } from '../../shared/core/contracts/silences.js';
import { SILENCES_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { failureOf } from './bus-errors.js';

/** Answers on `tasks.commands.silences`, where the watchdog asks. */
@Controller()
export class SilenceController {
  constructor(@Inject(SilenceRecorder) private readonly silences: SilenceRecorder) {}

  @MessagePattern(SILENCES_SUBJECT)
  async record(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<SilencesReply | BusFailure> {
    try {
      return await this.silences.record(data, context);
    } catch (error) {
      return failureOf(error);
    }
  }
}
