import {
  DiscardPolicy,
  jetstream,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { CorruptStoreError } from '../../core/contracts/errors.js';
import { FEED_SUBJECT } from '../../core/contracts/subjects.js';
import type { FeedMark, FeedMessage, FeedOutlet, FeedPlace } from '../../core/ports/feed.js';
import type { Leases } from '../../core/ports/lease.js';
import type { Logger } from '../../core/ports/logger.js';
import { JetStreamLeases } from './jetstream-leases.js';
import {
  ensureStream,
  isOvertaken,
  JETSTREAM_MS_MAX,
  managerOf,
  orUnavailable,
  type StreamMaking,
} from './jetstream.js';
import { NatsLink } from './nats-link.js';
import type { NatsSettings } from './nats-settings.js';

/** The stream's name. */
export const FEED_STREAM = 'TASKS_FEED';

/** Carries the event's position in the ledger. */
export const POSITION_HEADER = 'Taskledger-Position';

/** Carries the ledger's id. */
export const LEDGER_HEADER = 'Taskledger-Ledger';

/** How many messages the stream keeps that we make. By number and not by age, so that the last one always stays. */
const MESSAGES_MAX = 1_000_000;

/** How many messages of others at the end of the stream are looked past for the last one of a feed. */
const FOREIGN_MESSAGES_MAX = 1_000;

/** The feed on the JetStream stream `TASKS_FEED`, subjects `tasks.events.>`. */
export class JetStreamFeed implements FeedOutlet {
  /** So that one feed works at a time: where it works, its lease can be had. */
  readonly leases: Leases;

  private constructor(
    private readonly link: NatsLink,
    private readonly making: StreamMaking,
  ) {
    this.leases = new JetStreamLeases(link, making);
  }

  /** @throws InvalidSettingError as `NatsLink.open` does. */
  static async open(settings: NatsSettings, logger: Logger): Promise<JetStreamFeed> {
    const link = await NatsLink.open(settings, 'feed', logger);
    return new JetStreamFeed(link, { replicas: settings.replicas, logger });
  }

  async last(): Promise<FeedMark> {
    return orUnavailable(this.link, async (connection) => {
      const manager = await managerOf(connection);
      const config = {
        name: FEED_STREAM,
        subjects: [`${FEED_SUBJECT}.>`],
        retention: RetentionPolicy.Limits,
        discard: DiscardPolicy.Old,
        storage: StorageType.File,
        max_msgs: MESSAGES_MAX,
        allow_direct: true,
      };
      const { state } = await ensureStream(manager, config, this.making);
      if (state.last_seq === 0) return { position: undefined, sequence: 0 };
      return { ...(await this.lastFed(manager, state)), sequence: state.last_seq };
    });
  }

  async publish(
    { subject, position, ledgerId, body }: FeedMessage,
    { afterSequence, afterPosition }: FeedPlace,
  ): Promise<'published' | 'overtaken'> {
    const sent = headers();
    sent.set(POSITION_HEADER, position);
    if (ledgerId !== undefined) sent.set(LEDGER_HEADER, ledgerId);
    // The name of the stream as well, so that no other stream's sequence is taken for this one's.
    const expect = {
      streamName: FEED_STREAM,
      lastSequence: afterSequence,
      ...(afterPosition !== undefined && { lastMsgID: afterPosition }),
    };
    return orUnavailable(this.link, async (connection) => {
      try {
        const client = jetstream(connection, { timeout: JETSTREAM_MS_MAX });
        const { duplicate } = await client.publish(subject, body, { headers: sent, msgID: position, expect });
        return duplicate ? 'overtaken' : 'published';
      } catch (error) {
        if (isOvertaken(error)) return 'overtaken';
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private async lastFed(
    manager: JetStreamManager,
    { last_seq, first_seq }: { last_seq: number; first_seq: number },
  ): Promise<Omit<FeedMark, 'sequence'>> {
    const lowest = Math.max(1, first_seq, last_seq - FOREIGN_MESSAGES_MAX);
    for (let seq = last_seq; seq >= lowest; seq--) {
      const message = await manager.streams.getMessage(FEED_STREAM, { seq });
      const position = message?.header.get(POSITION_HEADER) ?? '';
      if (message === null || position === '') continue;
      const ledgerId = message.header.get(LEDGER_HEADER);
      return { position, body: message.string(), ...(ledgerId !== '' && { ledgerId }) };
    }
    throw new CorruptStoreError(
      `How far the feed has come can't be told: the stream ${FEED_STREAM} had messages, but the last one of the feed is gone. ` +
        `It must be limited by number or size, not by age. Delete the stream to feed everything from the ledger's beginning.`,
    );
  }
}
