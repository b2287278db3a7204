import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { EventStore, RecordedEvent, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { FeedMessage, FeedOutlet, FeedPlace } from '../../shared/core/ports/feed.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { followLedger, type LedgerFollower, type LedgerWork } from '../engine/follow-ledger.js';
import { checkFedFrom } from './fed-from.js';
import { feedMessage, unreadableMessage } from './feed-message.js';

export interface FeedOptions {
  store: EventStore;
  outlet: FeedOutlet;
  clock: Clock;
  logger: Logger;
}

/**
 * A feed at work: when it is stopped it waits for what has been handed over. `parkedStreams` in its status counts events
 * that were fed as unreadable.
 */
export type Feed = LedgerFollower;

/** How many messages may be handed over that have not been answered. */
const UNANSWERED_MAX = 256;

/**
 * Feeds the ledger's task events to the outside, in exactly the ledger's order, each once: a message is only taken as the
 * one after the last, whose ledger position says where to go on. So any number of feeds may run at once, or be killed at
 * any moment. When an engine is unavailable it tries again until it is back. What was fed from another ledger, or from what
 * this one no longer has, is not gone on with: it is stalled until the outlet is removed.
 */
export function startFeed(options: FeedOptions): Feed {
  const { store, clock, logger } = options;
  return followLedger({ store, work: new FeedWork(options), clock, logger });
}

class FeedWork implements LedgerWork {
  readonly name = 'The feed';
  readonly streamPrefix = TASK_STREAM_PREFIX;
  /** It takes the next as soon as it comes. */
  readonly gatherMs = 0;
  /** Events that were fed as unreadable. */
  readonly parked = { count: 0 };
  private place: FeedPlace = { afterSequence: 0 };
  private ledgerId: string | undefined;

  constructor(private readonly options: FeedOptions) {}

  async resume(): Promise<string | undefined> {
    const { store, outlet } = this.options;
    const last = await outlet.last();
    this.ledgerId = await store.identity();
    await checkFedFrom(store, this.ledgerId, last);
    this.place = { afterSequence: last.sequence };
    return last.position;
  }

  async handleBatch({ events }: SubscriptionBatch): Promise<boolean> {
    const { place } = this;
    const unanswered: Promise<void>[] = [];
    try {
      for (const event of events) {
        if (unanswered.length >= UNANSWERED_MAX) await unanswered.shift();
        const published = this.publish(this.messageOf(event), { ...place });
        // It is waited for below; until then its failure is not an unhandled one.
        published.catch(() => undefined);
        unanswered.push(published);
        place.afterSequence++;
        place.afterPosition = event.position;
      }
      for (const published of unanswered) await published;
      return true;
    } finally {
      await Promise.allSettled(unanswered);
    }
  }

  private async publish(message: FeedMessage, place: FeedPlace): Promise<void> {
    if ((await this.options.outlet.publish(message, place)) === 'published') return;
    throw new UnavailableError('Another feed was faster, or something else was published among its messages');
  }

  private messageOf(event: RecordedEvent): FeedMessage {
    const { ledgerId } = this;
    return { ...this.messageAbout(event), ...(ledgerId !== undefined && { ledgerId }) };
  }

  private messageAbout(event: RecordedEvent): FeedMessage {
    try {
      return feedMessage(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { stream, revision } = event;
      this.parked.count++;
      this.options.logger.error(
        { event: 'event_fed_unreadable', stream, revision },
        `One event is fed as unreadable, the feed goes on: ${reason}`,
      );
      return unreadableMessage(event, reason);
    }
  }
}
