import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Lease, Leases } from '../../ports/lease.js';
import { HeldLease } from './held-lease.js';
import type { MongoDbConnection } from './mongodb-connection.js';

/** How long a lease outlives its last renewal. A holder that dies is followed after this time and a little more. */
const TTL_MS = 3_000;
const LOOKS_PER_TTL = 8;
const EPOCH_DIGITS = 16;
const DUPLICATE_KEY = 11_000;

/** A lease under one epoch. Only its holder changes it. */
export interface StoredLease {
  /** Name and epoch: whoever inserts it first is the holder. */
  _id: string;
  name: string;
  epoch: number;
  /** Which process it was, for whoever looks into the database. */
  holder: string;
  ttlMs: number;
  /** Grows as long as the holder lives. */
  renewals: number;
  released: boolean;
}

/**
 * Leases in MongoDB. Each epoch is a document of its own, and becoming the holder is inserting the next one: the unique
 * `_id` lets one process do that, on any engine, also one whose updates are no single step.
 *
 * Clocks are not compared. The holder counts its time from before it sent a renewal; those who stand by count theirs from
 * when they have seen it, which is later, and take over when they have seen no other for the whole time. The holder gives
 * up a fifth of it earlier, so that clocks may run that differently fast.
 */
export class MongoDbLeases implements Leases {
  private readonly holder = `${process.pid} ${randomUUID()}`;

  /** @param ttlMs How long a lease outlives its last renewal. */
  constructor(
    private readonly connection: MongoDbConnection,
    private readonly ttlMs = TTL_MS,
  ) {}

  async acquire(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    let seen: { epoch: number; renewals: number; atMs: number } | undefined;
    while (!signal.aborted) {
      const askedAtMs = performance.now();
      const last = await this.last(name);
      const isSame = last !== undefined && seen?.epoch === last.epoch && seen.renewals === last.renewals;
      const isOver = isSame && askedAtMs - (seen?.atMs ?? askedAtMs) >= last.ttlMs;
      if (last === undefined || last.released || isOver) {
        const lease = await this.take(name, (last?.epoch ?? 0) + 1);
        if (lease !== undefined) return lease;
      } else if (!isSame) {
        seen = { epoch: last.epoch, renewals: last.renewals, atMs: performance.now() };
      }
      await delay(this.ttlMs / LOOKS_PER_TTL, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** Answers `undefined` when another process was faster. */
  private async take(name: string, epoch: number): Promise<Lease | undefined> {
    const { holder, ttlMs } = this;
    const _id = leaseId(name, epoch);
    const sentAtMs = performance.now();
    const isTaken = await this.connection.read(async (db) => {
      try {
        await leases(db).insertOne({ _id, name, epoch, holder, ttlMs, renewals: 0, released: false });
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    });
    if (!isTaken) return undefined;
    const lease = new HeldLease({
      epoch,
      ttlMs,
      sentAtMs,
      renew: async () =>
        (await this.change(_id, { $inc: { renewals: 1 } })) && !(await this.isFollowed(name, epoch)),
      release: async () => void (await this.change(_id, { $set: { released: true } })),
    });
    // Only the last one says anything. Those that can't be removed now are with the next holder.
    await this.connection
      .read((db) => leases(db).deleteMany({ name, epoch: { $lt: epoch } }))
      .catch(() => undefined);
    return lease;
  }

  private async last(name: string): Promise<StoredLease | undefined> {
    const options = { sort: { epoch: -1 }, limit: 1 } as const;
    const found = await this.connection.read((db) => leases(db).find({ name }, options).toArray());
    return found[0];
  }

  private async isFollowed(name: string, epoch: number): Promise<boolean> {
    return ((await this.last(name))?.epoch ?? 0) > epoch;
  }

  /** Answers whether the document was there. */
  private async change(_id: string, update: object): Promise<boolean> {
    const { matchedCount } = await this.connection.read((db) => leases(db).updateOne({ _id }, update));
    return matchedCount > 0;
  }
}

function leases(db: Db) {
  return db.collection<StoredLease>('leases');
}

function leaseId(name: string, epoch: number): string {
  return `${name}/${String(epoch).padStart(EPOCH_DIGITS, '0')}`;
}
