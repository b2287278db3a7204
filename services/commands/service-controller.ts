import { Controller, Inject, type Type } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { EventIngest } from '../../shared/core/application/event-ingest.js';
import type { BusFailure, IngestOutcome } from '../../shared/core/contracts/messages.js';
import { SERVICE_SUBJECT, serviceIngestSubject } from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { failureOf } from './bus-errors.js';
import { STREAM_INGEST } from './stream-ingest.js';

/** What one command service answers in its own name: who it is, and what another one hands to it. */
export function serviceController(serviceId: string): Type {
  @Controller()
  class ServiceController {
    constructor(@Inject(STREAM_INGEST) private readonly events: Pick<EventIngest, 'ingest'>) {}

    @MessagePattern(SERVICE_SUBJECT)
    service(): { id: string } {
      return { id: serviceId };
    }

    /** @param data A list of events. Whoever took them from the stream counts them. */
    @MessagePattern(serviceIngestSubject(serviceId))
    async ingest(
      @Payload() data: readonly unknown[],
      @Ctx() context: RequestContext,
    ): Promise<IngestOutcome[] | BusFailure> {
      try {
        return await this.events.ingest(data, context);
      } catch (error) {
        return failureOf(error);
      }
    }
  }
  return ServiceController;
}
