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
import { InvalidSettingError, UnavailableError } from '../../core/contracts/errors.js';
import { PARKED_SUBJECT, PUBLISH_SUBJECT } from '../../core/contracts/subjects.js';
import type { IngestBacklog, IngestStream, IngestLease } from '../../core/ports/ingest-stream.js';
import type { Logger } from '../../core/ports/logger.js';
import { JetStreamLeases } from './jetstream-leases.js';
import { JetStreamIngestLease } from './jetstream-ingest-lease.js';
import { ensureStream, managerOf, orUnavailable, stateOf, type StreamMaking } from './jetstream.js';
import { NatsLink } from './nats-link.js';
import type { NatsSettings } from './nats-settings.js';
import { REQUEST_BYTES_MAX } from './payload-limit.js';

/** The streams' names. */
export const INGEST_STREAM = 'TASKS_INGEST';
export const PARKED_STREAM = 'TASKS_PARKED';

/** How many messages wait at most; a publisher of one more is told that there is no room. */
const MESSAGES_MAX = 10_000_000;

/** How our consumers' names start; each term has a new one. */
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
 * that begins with the first message that is left, so what the one before had in flight comes again before all that is
 * newer, and a process that only seemed dead is given nothing any more. (The server's own pinned consumers, of NATS 2.11
 * and later, go on with new messages first and bring back what was in flight when its time is up, which breaks the order
 * within a task.)
 */
export class JetStreamIngest implements IngestStream {
  private readonly leases: JetStreamLeases;

  private constructor(
    private readonly link: NatsLink,
    private readonly making: StreamMaking,
  ) {
    this.leases = new JetStreamLeases(link, making);
  }

  /** @throws InvalidSettingError as `NatsLink.open` does. */
  static async open(settings: NatsSettings, logger: Logger): Promise<JetStreamIngest> {
    const link = await NatsLink.open(settings, 'ingest', logger);
    return new JetStreamIngest(link, { replicas: settings.replicas, logger });
  }

  async takeLease(signal: AbortSignal): Promise<IngestLease> {
    await this.makeStreams();
    const lease = await this.leases.acquire('ingest', signal);
    if (lease === undefined) throw new UnavailableError('Stopped while waiting for a term');
    try {
      return await orUnavailable(this.link, async (connection) => {
        const name = await newConsumer(await managerOf(connection));
        const consumer = await jetstream(connection).consumers.get(INGEST_STREAM, name);
        const fields = { event: 'intake_started', consumer: name, epoch: lease.epoch } as const;
        this.making.logger.info(fields, 'This process takes in what is left on JetStream');
        return new JetStreamIngestLease(this.link, lease, consumer, () => this.makeStreams());
      });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  async backlog(): Promise<IngestBacklog> {
    return orUnavailable(this.link, async (connection) => {
      const manager = await managerOf(connection);
      const [waiting, parked] = await Promise.all(
        [INGEST_STREAM, PARKED_STREAM].map((name) => stateOf(manager, name)),
      );
      const { messages = 0, first_ts } = waiting ?? {};
      return {
        waiting: messages,
        oldestAtMs: messages === 0 ? undefined : Date.parse(first_ts as string),
        parked: parked?.messages ?? 0,
      };
    });
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private makeStreams(): Promise<void> {
    return orUnavailable(this.link, async (connection) =>
      ensureStreams(await managerOf(connection), this.making),
    );
  }
}

async function ensureStreams(manager: JetStreamManager, making: StreamMaking): Promise<void> {
  const ingest = {
    name: INGEST_STREAM,
    subjects: [`${PUBLISH_SUBJECT}.>`],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    max_msgs: MESSAGES_MAX,
    max_msg_size: REQUEST_BYTES_MAX,
  };
  const parked = {
    name: PARKED_STREAM,
    subjects: [`${PARKED_SUBJECT}.>`],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    storage: StorageType.File,
  };
  await ensureStream(manager, ingest, making);
  await ensureStream(manager, parked, making);
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
