import { randomUUID } from 'node:crypto';
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  jetstream,
  RetentionPolicy,
  StorageType,
  type ConsumerConfig,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { InvalidSettingError } from '../../contracts/errors.js';
import { PARKED_SUBJECT, PUBLISH_SUBJECT } from '../../contracts/subjects.js';
import type { IngestStream, IngestTurn } from '../../ports/ingest-stream.js';
import type { Logger } from '../../ports/logger.js';
import { away, ensureStream, managerOf } from './jetstream.js';
import { JetStreamLease } from './jetstream-lease.js';
import { JetStreamTurn } from './jetstream-turn.js';
import { NatsLink } from './nats-link.js';
import type { NatsSettings } from './nats-settings.js';
import { REQUEST_BYTES_MAX } from './payload-limit.js';

/** The streams' names. */
export const INGEST_STREAM = 'TASKS_INGEST';
export const PARKED_STREAM = 'TASKS_PARKED';

/** How many messages wait at most; a publisher of one more is told that there is no room. */
const MESSAGES_MAX = 10_000_000;

/** How our consumers' names start; each turn has a new one. */
const CONSUMER_PREFIX = 'taskledger-';

/** How many messages may be on their way through, and when one of them is sent again that had no answer. */
const UNACKNOWLEDGED_MAX = 1_000;
const ACK_WAIT_MS = 60_000;

const NANOS_PER_MS = 1_000_000;

/**
 * The ingest stream on JetStream: `TASKS_INGEST` takes `tasks.publish.>`, and what can't be appended goes to
 * `TASKS_PARKED`.
 *
 * One process works at a time, by a lease. Whoever takes over deletes the consumer and makes a new one: on a work queue
 * that begins with the first message that is left, so what the one before had in hand comes again before all that is
 * newer, and a process that only seemed dead is given nothing any more. (The server's own pinned consumers, of NATS 2.11
 * and later, go on with new messages first and bring back what was in hand when its time is up, which breaks the order
 * within a task.)
 */
export class JetStreamIngest implements IngestStream {
  private readonly lease: JetStreamLease;

  private constructor(
    private readonly link: NatsLink,
    private readonly logger: Logger,
  ) {
    this.lease = new JetStreamLease(link, 'ingest', randomUUID());
  }

  /** @throws InvalidSettingError as `NatsLink.open` does. */
  static async open(settings: NatsSettings, logger: Logger): Promise<JetStreamIngest> {
    return new JetStreamIngest(await NatsLink.open(settings, 'ingest', logger), logger);
  }

  async takeTurn(signal: AbortSignal): Promise<IngestTurn> {
    await away(this.link, async (connection) => ensureStreams(await managerOf(connection)));
    const lease = await this.lease.acquire(signal);
    try {
      return await away(this.link, async (connection) => {
        const name = await newConsumer(await managerOf(connection));
        const consumer = await jetstream(connection).consumers.get(INGEST_STREAM, name);
        this.logger.info({ consumer: name }, 'Events from JetStream are taken in by this process');
        return new JetStreamTurn(this.link, lease, consumer);
      });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.link.close();
  }
}

async function ensureStreams(manager: JetStreamManager): Promise<void> {
  await ensureStream(manager, {
    name: INGEST_STREAM,
    subjects: [`${PUBLISH_SUBJECT}.>`],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    max_msgs: MESSAGES_MAX,
    max_msg_size: REQUEST_BYTES_MAX,
  });
  await ensureStream(manager, {
    name: PARKED_STREAM,
    subjects: [`${PARKED_SUBJECT}.>`],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
  });
}

/** Puts a new consumer in the place of the one before, with what an operator has changed in that; answers its name. */
async function newConsumer(manager: JetStreamManager): Promise<string> {
  let config: Partial<ConsumerConfig> = {
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: ACK_WAIT_MS * NANOS_PER_MS,
    max_ack_pending: UNACKNOWLEDGED_MAX,
    max_deliver: -1,
  };
  for await (const { name, config: found } of manager.consumers.list(INGEST_STREAM)) {
    if (!name.startsWith(CONSUMER_PREFIX)) {
      throw new InvalidSettingError(
        `The stream ${INGEST_STREAM} has a consumer ${name}; a work queue has one at a time, which is ours`,
      );
    }
    const { ack_wait, max_ack_pending, num_replicas, mem_storage, description } = found;
    config = { ...config, ack_wait, max_ack_pending, num_replicas, mem_storage, description };
    await manager.consumers.delete(INGEST_STREAM, name);
  }
  const name = `${CONSUMER_PREFIX}${randomUUID()}`;
  await manager.consumers.add(INGEST_STREAM, { ...config, durable_name: name });
  return name;
}
