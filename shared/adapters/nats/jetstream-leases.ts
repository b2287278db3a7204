import { randomUUID } from 'node:crypto';
import type { Lease, Leases } from '../../core/ports/lease.js';
import type { Logger } from '../../core/ports/logger.js';
import { JetStreamLease } from './jetstream-lease.js';
import type { StreamMaking } from './jetstream.js';
import { NatsLink } from './nats-link.js';
import type { NatsSettings } from './nats-settings.js';

/** For how long nothing must have been heard of a holder before another takes over. */
const LEASE_MS = 4_000;

/** The leases of one process on JetStream, in the stream `TASKS_LEASES`. Names are single tokens of a subject. */
export class JetStreamLeases implements Leases {
  private readonly holder = randomUUID();

  constructor(
    private readonly link: NatsLink,
    private readonly making: StreamMaking,
    private readonly ttlMs = LEASE_MS,
  ) {}

  /**
   * Opens leases with a connection of their own.
   *
   * @throws InvalidSettingError as `NatsLink.open` does.
   */
  static async open(
    settings: NatsSettings,
    logger: Logger,
  ): Promise<{ leases: Leases; close: () => Promise<void> }> {
    const link = await NatsLink.open(settings, 'leases', logger);
    const leases = new JetStreamLeases(link, { replicas: settings.replicas, logger });
    return { leases, close: () => link.close() };
  }

  async acquire(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    return new JetStreamLease(this.link, name, this.holder, this.making, this.ttlMs).acquire(signal);
  }
}
