import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Lease, LeaseLoss } from '../../core/ports/lease.js';
import { ensureStream, isOvertaken, managerOf, orUnavailable, type StreamMaking } from './jetstream.js';
import type { NatsLink } from './nats-link.js';

/** The stream that the leases stand in, one message for each. */
const LEASES_STREAM = 'TASKS_LEASES';
const LEASES_SUBJECT = 'tasks.leases';

/** How often, in the time of a lease, a holder lets hear of itself, and how often those who wait look. */
const RENEWALS = 4;
const LOOKS = 16;

/** What stands in a lease's message. */
interface LeaseRecord {
  holder: string;
  released: boolean;
}

/**
 * A right that one process has at a time, on any version of NATS that has JetStream. Each renewal is the message after
 * the one before it or none at all, so two can't both hold it; and everybody waits by their own clock, so clocks need not
 * agree.
 */
export class JetStreamLease {
  private readonly subject: string;

  /** @param holder What no other process has; a process that comes back need not wait for itself. */
  constructor(
    private readonly link: NatsLink,
    name: string,
    private readonly holder: string,
    private readonly making: StreamMaking,
    /** For how long nothing must have been heard of a holder before another takes over. */
    private readonly ttlMs: number,
  ) {
    this.subject = `${LEASES_SUBJECT}.${name}`;
  }

  /** From one renewal to the next, and how long one may take. */
  get renewMs(): number {
    return this.ttlMs / RENEWALS;
  }

  /**
   * Waits until it is free or its holder has not been heard for its time, and takes it. Answers `undefined` when the
   * signal fires first.
   *
   * @throws UnavailableError when NATS is unavailable.
   */
  async acquire(signal: AbortSignal): Promise<JetStreamHeldLease | undefined> {
    await orUnavailable(this.link, async (connection) => this.ensure(connection));
    let seen = -1;
    let seenMs = 0;
    while (!signal.aborted) {
      const { sequence, record } = await this.look();
      const nowMs = performance.now();
      if (sequence !== seen) [seen, seenMs] = [sequence, nowMs];
      const free = record === undefined || record.released || record.holder === this.holder;
      if (free || nowMs - seenMs >= this.ttlMs) {
        const taken = await this.write(sequence, false);
        if (taken !== 'overtaken') return new JetStreamHeldLease(this, taken);
      } else {
        await delay(this.ttlMs / LOOKS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** Writes the lease's next message; answers its number, or that another process was faster. */
  async write(after: number, released: boolean): Promise<number | 'overtaken'> {
    const record: LeaseRecord = { holder: this.holder, released };
    return orUnavailable(this.link, async (connection) => {
      try {
        const expect = { streamName: LEASES_STREAM, lastSubjectSequence: after };
        const client = jetstream(connection, { timeout: this.renewMs });
        return (await client.publish(this.subject, JSON.stringify(record), { expect })).seq;
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
      // What had no answer may have been written after all.
      const last = await this.look();
      return last.record?.holder === this.holder && last.record.released === released && last.sequence > after
        ? last.sequence
        : 'overtaken';
    });
  }

  private async look(): Promise<{ sequence: number; record: LeaseRecord | undefined }> {
    return orUnavailable(this.link, async (connection) => {
      const manager = await managerOf(connection);
      const last = await manager.streams.getMessage(LEASES_STREAM, { last_by_subj: this.subject });
      return last === null
        ? { sequence: 0, record: undefined }
        : { sequence: last.seq, record: last.json<LeaseRecord>() };
    });
  }

  private async ensure(connection: NatsConnection): Promise<void> {
    const config = {
      name: LEASES_STREAM,
      subjects: [`${LEASES_SUBJECT}.*`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_msgs_per_subject: 1,
    };
    await ensureStream(await managerOf(connection), config, this.making);
  }
}

/** A lease that is held, and renewed until it is released or lost. */
export class JetStreamHeldLease implements Lease {
  /** The number of the message by which it was taken. */
  readonly epoch: number;
  private readonly over = new AbortController();
  private readonly lossNotice = new AbortController();
  private readonly renewing: Promise<void>;
  private released: Promise<void> | undefined;

  constructor(
    private readonly lease: JetStreamLease,
    private sequence: number,
  ) {
    this.epoch = sequence;
    this.renewing = this.renew();
  }

  get lost(): AbortSignal {
    return this.lossNotice.signal;
  }

  /** Gives it back, so that the next one need not wait. Idempotent. */
  release(): Promise<void> {
    return (this.released ??= this.giveBack());
  }

  private async giveBack(): Promise<void> {
    this.over.abort();
    await this.renewing;
    // Whoever can't be told finds out by waiting.
    if (!this.lost.aborted) await this.lease.write(this.sequence, true).catch(() => undefined);
  }

  private lose(loss: LeaseLoss): void {
    this.lossNotice.abort(loss);
  }

  private async renew(): Promise<void> {
    const { signal } = this.over;
    const { renewMs } = this.lease;
    // It gives up well before anybody else takes over, whatever the next try would come to.
    const silenceMsMax = renewMs * (RENEWALS - 2);
    let heardMs = performance.now();
    while (!signal.aborted && !this.lost.aborted) {
      await delay(renewMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const askedMs = performance.now();
      try {
        const next = await this.lease.write(this.sequence, false);
        if (next === 'overtaken') return this.lose('taken');
        this.sequence = next;
        heardMs = askedMs;
      } catch {
        if (performance.now() - heardMs > silenceMsMax) return this.lose('not_renewed');
      }
    }
  }
}
