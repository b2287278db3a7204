import { setTimeout as delay } from 'node:timers/promises';
import { TASK_STREAM_PREFIX } from '../../shared/application/streams.js';
import { TaskledgerError, UnavailableError } from '../../shared/contracts/errors.js';
import type { Clock } from '../../shared/ports/clock.js';
import type { EventStore, RecordedEvent, SubscriptionBatch } from '../../shared/ports/event-store.js';
import type { FeedMessage, FeedOutlet, FeedPlace } from '../../shared/ports/feed.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { ProjectorStatus } from '../../shared/ports/projector-status.js';
import { Backoff } from '../engine/backoff.js';
import { ProjectorLag } from '../engine/projector-lag.js';
import { feedMessage, unreadableMessage } from './feed-message.js';

export interface FeedOptions {
  store: EventStore;
  outlet: FeedOutlet;
  clock: Clock;
  logger: Logger;
}

/** A feed at work. `parkedStreams` in its status counts events that were fed as unreadable. */
export interface Feed extends ProjectorStatus {
  /** Waits for what has been handed over, and ends. Idempotent. */
  stop(): Promise<void>;
}

/** How many messages may be handed over that have not been answered. */
const UNANSWERED_MAX = 256;

/**
 * Feeds the ledger's task events to the outside, in exactly the ledger's order, each once: a message is only taken as the
 * one after the last, whose ledger position says where to go on. So any number of feeds may run at once, or be killed at
 * any moment. When an engine is away it tries again until it is back.
 */
export function startFeed(options: FeedOptions): Feed {
  const stopping = new AbortController();
  const run = new FeedRun(options, stopping.signal);
  const running = run.untilStopped();
  return {
    status: () => run.lag.status(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class FeedRun {
  readonly lag: ProjectorLag;
  private readonly unreadable = { count: 0 };
  private readonly backoff = new Backoff();

  constructor(
    private readonly options: FeedOptions,
    private readonly signal: AbortSignal,
  ) {
    this.lag = new ProjectorLag(options.clock, this.unreadable);
  }

  async untilStopped(): Promise<void> {
    while (!this.signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        if (this.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.lag.failed(reason);
        const code = error instanceof TaskledgerError ? error.code : undefined;
        const retryDelayMs = this.backoff.nextDelayMs();
        this.options.logger.warn({ code, retryDelayMs }, `The feed stands still: ${reason}`);
        await delay(retryDelayMs, undefined, { signal: this.signal }).catch(() => undefined);
      }
    }
  }

  /** Feeds until the signal fires, something fails, or another feed was faster. */
  private async follow(): Promise<void> {
    const { store, outlet } = this.options;
    const { position, sequence } = await outlet.last();
    this.lag.resumed(position);
    const place: FeedPlace = { afterSequence: sequence };
    const streamPrefix = TASK_STREAM_PREFIX;
    const from = position === undefined ? { streamPrefix } : { streamPrefix, afterPosition: position };
    for await (const batch of store.subscribe(from, this.signal)) {
      this.lag.received(batch);
      await this.feed(batch, place);
      this.lag.took(batch);
      this.backoff.reset();
      // It takes the next as soon as it comes.
      if (batch.caughtUp) this.lag.listening();
    }
    if (!this.signal.aborted) throw new UnavailableError('The ledger has ended the subscription');
  }

  private async feed({ events }: SubscriptionBatch, place: FeedPlace): Promise<void> {
    const unanswered: Promise<void>[] = [];
    try {
      for (const event of events) {
        if (unanswered.length >= UNANSWERED_MAX) await unanswered.shift();
        const published = this.publish(this.messageOf(event), { ...place });
        // It is waited for in its turn; until then its failure is not an unhandled one.
        published.catch(() => undefined);
        unanswered.push(published);
        place.afterSequence++;
        place.afterPosition = event.position;
      }
      for (const published of unanswered) await published;
    } finally {
      await Promise.allSettled(unanswered);
    }
  }

  private async publish(message: FeedMessage, place: FeedPlace): Promise<void> {
    if ((await this.options.outlet.publish(message, place)) === 'published') return;
    throw new UnavailableError('Another feed was faster, or something else was published among its messages');
  }

  private messageOf(event: RecordedEvent): FeedMessage {
    try {
      return feedMessage(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { stream, revision } = event;
      this.unreadable.count++;
      this.options.logger.error({ stream, revision }, `Fed as unreadable: ${reason}`);
      return unreadableMessage(event, reason);
    }
  }
}
