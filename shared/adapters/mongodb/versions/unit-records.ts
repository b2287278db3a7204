import type { Collection, Db } from 'mongodb';
import {
  nodeNumber,
  nodesAround,
  withEvent,
  type OpenUnit,
  type UnitStart,
} from '../../../core/ports/version-units.js';
import type { MongoDbConnection } from '../mongodb-connection.js';

const DUPLICATE_KEY = 11_000;
const UNIT_DIGITS = 13;
/** Where it stands how far the newest unit has come, and from which one on versions are kept. */
const OPEN = 'open';
const KEPT = 'kept';

/** Where a unit begins, or, under `OPEN` and `KEPT`, what `$max` leaves the furthest of. */
interface StoredUnit {
  _id: string;
  unit?: number;
  position?: string;
  at?: string;
  open?: Pick<OpenUnit, 'lastPosition'> & OpenUnit;
  kept?: Pick<UnitStart, 'position'> & UnitStart;
}

/** A moment as versions are found by it. */
export interface PastUnit {
  /** The nodes around its unit. */
  nodes: number[];
  /** What was recorded in it was so before this time; `undefined` for the newest one. */
  end: string | undefined;
}

/** Where each unit of events begins, in one copy of the read model. */
export class UnitRecords {
  /** The newest unit, as it was last written by this process. */
  private newest: OpenUnit | undefined;

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly collectionName: string,
  ) {}

  /** What another process may have written since is to be read again. */
  forget(): void {
    this.newest = undefined;
  }

  async open(): Promise<OpenUnit | undefined> {
    return (this.newest ??= (await this.find(OPEN))?.open);
  }

  async kept(): Promise<UnitStart | undefined> {
    const kept = (await this.find(KEPT))?.kept;
    return kept && startOf(kept);
  }

  /** The last unit that begins before what was recorded at a time, or at it. */
  async before(time: string): Promise<UnitStart | undefined> {
    return this.last({ at: { $lte: time } }, { at: -1, _id: -1 });
  }

  /** The unit in which a position is. */
  async of(position: string): Promise<UnitStart | undefined> {
    return this.last({ position: { $lte: position } }, { position: -1 });
  }

  /** By what versions are found that held at a position. */
  async around(position: string): Promise<PastUnit> {
    const unit = (await this.of(position))?.unit ?? 0;
    const [next, open] = await Promise.all([this.find(idOf(unit + 1)), this.find(OPEN)]);
    const newest = Math.max(unit, open?.open?.unit ?? 0);
    return { nodes: nodesAround(unit, newest).map(nodeNumber), end: next?.at };
  }

  /**
   * Counts some events, in their order.
   *
   * @returns The unit of each.
   */
  async count(events: readonly { position: string; recordedAt: string }[]): Promise<number[]> {
    let open = await this.open();
    const begun: UnitStart[] = [];
    const units: number[] = [];
    for (const { position, recordedAt } of events) {
      const counted = withEvent(open, position, recordedAt);
      if (counted.unit !== open?.unit) begun.push(startOf(counted));
      open = counted;
      units.push(position >= open.position ? open.unit : ((await this.of(position))?.unit ?? 0));
    }
    for (const start of begun) await this.begin(start);
    this.newest = open;
    return units;
  }

  /** Writes down how far has been counted, once all of that is written. */
  async save(): Promise<void> {
    const { newest } = this;
    if (newest === undefined) return;
    const { lastPosition, ...others } = newest;
    await this.putFurthest(OPEN, { open: { lastPosition, ...others } });
  }

  async keepFrom({ position, ...others }: UnitStart): Promise<void> {
    await this.putFurthest(KEPT, { kept: { position, ...others } });
  }

  async removeBefore(unit: number): Promise<void> {
    await this.connection.write((db, limit) =>
      this.units(db).deleteMany({ _id: { $gte: idOf(0), $lt: idOf(unit) } }, limit),
    );
  }

  /** Before the first document. */
  async makeIndexes(): Promise<void> {
    await this.connection.write(async (db) => {
      await this.units(db).createIndexes([{ name: 'position', key: { position: 1 } }]);
      await this.units(db).createIndexes([{ name: 'at', key: { at: 1, _id: 1 } }]);
    });
  }

  private async last(wanted: object, sort: Record<string, -1>): Promise<UnitStart | undefined> {
    const found = await this.connection.read((db, limit) =>
      this.units(db).findOne({ unit: { $exists: true }, ...wanted }, { sort, ...limit }),
    );
    return found === null ? undefined : startOf(found as UnitStart);
  }

  private async find(_id: string): Promise<StoredUnit | undefined> {
    const found = await this.connection.read((db, limit) => this.units(db).findOne({ _id }, limit));
    return found ?? undefined;
  }

  /** Where a unit begins follows from the events: whoever was faster has written the same. */
  private async begin(start: UnitStart): Promise<void> {
    await this.connection.write(async (db, limit) => {
      try {
        await this.units(db).insertOne({ _id: idOf(start.unit), ...start }, limit);
      } catch (error) {
        if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
      }
    });
  }

  private async putFurthest(_id: string, value: Pick<StoredUnit, 'open' | 'kept'>): Promise<void> {
    await this.connection.write((db, limit) =>
      this.units(db).updateOne({ _id }, { $max: value }, { upsert: true, ...limit }),
    );
  }

  private units(db: Db): Collection<StoredUnit> {
    return db.collection(this.collectionName);
  }
}

function startOf({ unit, position, at }: UnitStart): UnitStart {
  return { unit, position, at };
}

function idOf(unit: number): string {
  return String(unit).padStart(UNIT_DIGITS, '0');
}
