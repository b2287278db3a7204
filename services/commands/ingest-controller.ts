import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { EventIngest } from '../../shared/application/ingest-events.js';
import type { BusFailure, EventOutcome } from '../../shared/contracts/messages.js';
import { INGEST_SUBJECT } from '../../shared/contracts/subjects.js';
import type { RequestContext } from '../../shared/ports/message-bus.js';
import { failureOf } from './bus-errors.js';

/** Answers on `tasks.ingest`. */
@Controller()
export class IngestController {
  constructor(@Inject(EventIngest) private readonly events: EventIngest) {}

  /** @param data One event or a list of events. */
  @MessagePattern(INGEST_SUBJECT)
  async ingest(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<EventOutcome[] | BusFailure> {
    try {
      return await this.events.ingest(Array.isArray(data) ? data : [data], context);
    } catch (error) {
      return failureOf(error);
    }
  }
}
