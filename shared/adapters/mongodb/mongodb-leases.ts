import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Lease, Leases } from '../../core/ports/lease.js';
import { HeldLease } from './held-lease.js';
import type { MongoDbConnection } from './mongodb-connection.js';

/** By default. A holder that dies is followed after this time and a little more. */
export const LEASE_TTL_MS = 3_000;
const LOOKS_PER_TTL = 8;
const TERM_DIGITS = 16;
const DUPLICATE_KEY = 11_000;

/** One term of a lease. Only its holder changes it. */
export interface StoredLease {
  /** Name and number of the term, one after the other: whoever inserts it first is the holder. */
  _id: string;
  name: string;
  /** Greater than that of the term before, and at least the time of day in milliseconds. */
  epoch: number;
  /** Which process it was, for whoever looks into the database. */
  holder: string;
  ttlMs: number;
  /** Grows as long as the holder lives. */
  renewals: number;
  released: boolean;
}

/**
 * Leases in MongoDB. Each term is a document of its own, and becoming the holder is inserting the next one: the unique
 * `_id` lets one process do that, on any engine, also one whose updates are no single step.
 *
 * Clocks are not compared. The holder counts its time from before it sent a renewal; those who stand by count theirs from
 * when they have seen it, which is later, and take over when they have seen no other for the whole time. The holder gives
 * up a fifth of it earlier, so that clocks may run that differently fast.
 *
 * Where the leases are dropped, or restored from a backup, the time of day has the next epoch greater than what was written
 * under those before. While clocks are so far apart that it is not, the holder is refused, and takes the lease again.
 */
export class MongoDbLeases implements Leases {
  private readonly holder = `${process.pid} ${randomUUID()}`;

  /** @param ttlMs How long a lease outlives its last renewal. */
  constructor(
    private readonly connection: MongoDbConnection,
    private readonly ttlMs = LEASE_TTL_MS,
  ) {}

  async acquire(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    let seen: { epoch: number; renewals: number; atMs: number } | undefined;
    while (!signal.aborted) {
      const askedAtMs = performance.now();
      const last = await this.last(name);
      const isSame = last !== undefined && seen?.epoch === last.epoch && seen.renewals === last.renewals;
      const isOver = isSame && askedAtMs - (seen?.atMs ?? askedAtMs) >= last.ttlMs;
      if (last === undefined || last.released || isOver) {
        const lease = await this.take(name, last);
        if (lease !== undefined) return lease;
      } else if (!isSame) {
        seen = { epoch: last.epoch, renewals: last.renewals, atMs: performance.now() };
      }
      await delay(this.ttlMs / LOOKS_PER_TTL, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** Answers `undefined` when another process was faster. */
  private async take(name: string, last: StoredLease | undefined): Promise<Lease | undefined> {
    const { holder, ttlMs } = this;
    const _id = nextId(name, last?._id);
    const epoch = Math.max((last?.epoch ?? 0) + 1, Date.now());
    const sentAtMs = performance.now();
    const isTaken = await this.connection.read(async (db, limit) => {
      try {
        const lease = { _id, name, epoch, holder, ttlMs, renewals: 0, released: false };
        await leases(db).insertOne(lease, limit);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    });
    if (!isTaken) return undefined;
    const own = { _id, holder, epoch };
    const lease = new HeldLease({
      epoch,
      ttlMs,
      sentAtMs,
      renew: async () =>
        (await this.change(own, { $inc: { renewals: 1 } })) && (await this.last(name))?._id === _id,
      release: async () => void (await this.change(own, { $set: { released: true } })),
    });
    // Only the last one says anything. Those that can't be removed now are with the next holder.
    await this.connection
      .read((db, limit) => leases(db).deleteMany({ name, _id: { $lt: _id } }, limit))
      .catch(() => undefined);
    return lease;
  }

  private async last(name: string): Promise<StoredLease | undefined> {
    const options = { sort: { _id: -1 }, limit: 1 } as const;
    const found = await this.connection.read((db, limit) =>
      leases(db)
        .find({ name }, { ...options, ...limit })
        .toArray(),
    );
    return found[0];
  }

  /** Answers whether the document was there. */
  private async change(own: Pick<StoredLease, '_id' | 'holder' | 'epoch'>, update: object): Promise<boolean> {
    const { matchedCount } = await this.connection.read((db, limit) =>
      leases(db).updateOne(own, update, limit),
    );
    return matchedCount > 0;
  }
}

function leases(db: Db) {
  return db.collection<StoredLease>('leases');
}

/** The `_id` of the term after another, or of the first. */
function nextId(name: string, id = '/0'): string {
  const term = Number(id.slice(id.lastIndexOf('/') + 1)) + 1;
  return `${name}/${String(term).padStart(TERM_DIGITS, '0')}`;
}
