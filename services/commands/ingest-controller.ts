import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { EventIngest } from '../../shared/core/application/event-ingest.js';
import type { BusFailure, EventOutcome } from '../../shared/core/contracts/messages.js';
import { INGEST_SUBJECT, REPORT_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { failureOf } from './bus-errors.js';
import { withCodes } from './outcome-codes.js';

/** Answers on `tasks.ingest`, and on `tasks.report` for those who may not cancel. */
@Controller()
export class IngestController {
  constructor(
    @Inject(EventIngest) private readonly events: EventIngest,
    @Inject(CommandMetrics) private readonly metrics: CommandMetrics,
  ) {}

  /** @param data One event or a list of events. */
  @MessagePattern([INGEST_SUBJECT, REPORT_SUBJECT])
  async ingest(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<EventOutcome[] | BusFailure> {
    const events: readonly unknown[] = Array.isArray(data) ? data : [data];
    try {
      const outcomes = await this.events.ingest(events, context);
      this.metrics.countEvents('request', events, outcomes);
      return withCodes(outcomes);
    } catch (error) {
      return failureOf(error);
    }
  }
}
