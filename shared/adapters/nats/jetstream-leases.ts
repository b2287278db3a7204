import { randomUUID } from 'node:crypto';
import type { Lease, Leases } from '../../core/ports/lease.js';
import { JetStreamLease } from './jetstream-lease.js';
import type { StreamMaking } from './jetstream.js';
import type { NatsLink } from './nats-link.js';

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

  async acquire(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    return new JetStreamLease(this.link, name, this.holder, this.making, this.ttlMs).acquire(signal);
  }
}
