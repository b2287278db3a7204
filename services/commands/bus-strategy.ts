import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';

/**
 * Nest's way in over the MessageBus port: each message pattern is a subject, each reply the last value of the handler.
 * So the same controllers serve every bus there is an adapter for.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  private stops: (() => Promise<void>)[] = [];

  constructor(private readonly bus: MessageBus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.respondToAll().then(() => callback(), callback);
  }

  /** Stops taking requests and waits for those under way. Idempotent. */
  async close(): Promise<void> {
    const stops = this.stops;
    this.stops = [];
    await Promise.all(stops.map((stop) => stop()));
  }

  override on(): never {
    throw new Error('The bus tells of no transport events');
  }

  override unwrap<Bus>(): Bus {
    return this.bus as Bus;
  }

  private async respondToAll(): Promise<void> {
    for (const [subject, handler] of this.messageHandlers) {
      const stop = await this.bus.respond(subject, async (data, context) => {
        const answer: unknown = await handler(data, context);
        return isObservable(answer) ? lastValueFrom(answer) : answer;
      });
      this.stops.push(stop);
    }
  }
}
