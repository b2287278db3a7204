import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import type { MongoDbConnection } from './mongodb-connection.js';

const COLLECTION = 'copies';
const POINTER = 'serving_v4';

/** Where it is said which copy serves, for texts. */
export const POINTER_PLACE = `The document ${POINTER} of the collection ${COLLECTION}`;
const DUPLICATE_KEY = 11_000;

/** What a copy of the read model has: the lists with the details, the counts, the series, and the versions. */
export type CopySide = 'tasks' | 'counts' | 'series' | 'versions';

/** Which copy of the read model serves. */
export interface Pointer {
  /** The copy's number. */
  copy: number;
  /** The copy's own, as numbers may come again. Absent in what a former version wrote. */
  id?: string;
  /** What of it was begun with nothing and has not come to the ledger's end. A former version says nothing of the series or versions. */
  building?: Partial<Record<CopySide, boolean>>;
}

/** The document that says which copy of the read model serves; every process looks there again and again. */
export class ServingPointer {
  constructor(private readonly connection: MongoDbConnection) {}

  /** `undefined` while there is none. */
  async read(): Promise<Pointer | undefined> {
    const found = await this.connection.read((db, limit) =>
      this.pointers(db).findOne({ _id: POINTER }, limit),
    );
    return found ?? undefined;
  }

  /** Gives the copy an id, where nothing has one yet. */
  async claim(copy: number): Promise<void> {
    const id = randomUUID();
    const matched = await this.update({ copy, id: { $exists: false } }, { id });
    if (!matched) await this.insert({ copy, id });
  }

  /** Has another copy serve, unless something else does than the former. */
  async swap({ copy, id }: Pointer, next: Pointer): Promise<boolean> {
    return (await this.update({ copy, id: id ?? { $exists: false } }, next)) || this.insert(next);
  }

  /** Has a copy serve, whatever did before. */
  async set(next: Pointer): Promise<void> {
    await this.connection.write((db, limit) =>
      this.pointers(db).replaceOne({ _id: POINTER }, next, { upsert: true, ...limit }),
    );
  }

  /** Says that a side of a copy has come to the ledger's end. */
  async finished({ copy, id }: Pointer, side: CopySide): Promise<void> {
    await this.update({ copy, id }, { [`building.${side}`]: false });
  }

  private async update(filter: object, set: object): Promise<boolean> {
    const { matchedCount } = await this.connection.write((db, limit) =>
      this.pointers(db).updateOne({ _id: POINTER, ...filter }, { $set: set }, limit),
    );
    return matchedCount > 0;
  }

  /** Answers false when there is one. */
  private async insert(pointer: Pointer): Promise<boolean> {
    return this.connection.write(async (db, limit) => {
      try {
        await this.pointers(db).insertOne({ _id: POINTER, ...pointer }, limit);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    });
  }

  private pointers(db: Db) {
    return db.collection<Pointer & { _id: string }>(COLLECTION);
  }
}
