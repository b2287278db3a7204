import type { Db } from 'mongodb';
import { TaskledgerError, UnavailableError } from '../../contracts/errors.js';
import type { Checkpoint, ParkedStream, ProjectionProgress } from '../../ports/read-model.js';
import type { MongoDbConnection } from './mongodb-connection.js';

const DUPLICATE_KEY = 11_000;

interface StoredCheckpoint {
  /** The projection's name. */
  _id: string;
  position: string;
  /** Of the last projector that wrote; 0 for one without a lease. */
  epoch: number;
}

interface StoredParkedStream extends ParkedStream {
  _id: string;
}

/** How far projections have come in one copy of the read model, and what they could not go on with. */
export class ProjectionRecords {
  /** Projections whose checkpoint was there once: it can only be gone because somebody removed it. */
  private readonly begun = new Set<string>();

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly checkpointsName: string,
    private readonly parkedName: string,
  ) {}

  async checkpoint(projection: string): Promise<string | undefined> {
    const stored = await this.connection.read((db) => this.checkpoints(db).findOne({ _id: projection }));
    if (stored === null) this.begun.delete(projection);
    else this.begun.add(projection);
    return stored?.position;
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    return this.connection.read((db) =>
      this.parkedStreams(db).find({ projection }).project<ParkedStream>({ _id: 0 }).toArray(),
    );
  }

  /**
   * Writes what a projector has done, once the documents that it covers are written. The parked streams come before the
   * checkpoint, so that no event is passed over that is on record nowhere.
   */
  async save({ checkpoint, park = [], unpark = [] }: ProjectionProgress): Promise<void> {
    const { projection } = checkpoint;
    if (park.length + unpark.length > 0) {
      await this.checkEpoch(checkpoint);
      await this.connection.write((db) =>
        this.parkedStreams(db).bulkWrite([
          ...unpark.map((stream) => ({ deleteOne: { filter: { _id: `${projection} ${stream}` } } })),
          ...park.map((parked) => {
            const _id = `${parked.projection} ${parked.stream}`;
            return { replaceOne: { filter: { _id }, replacement: { ...parked }, upsert: true } };
          }),
        ]),
      );
    }
    if (await this.moveCheckpoint(checkpoint)) return;
    if (!this.begun.has(projection) && (await this.insertCheckpoint(checkpoint))) return;
    if (await this.moveCheckpoint(checkpoint)) return;
    await this.checkEpoch(checkpoint);
    throw new UnavailableError('The checkpoint is gone from MongoDB: the projection begins anew');
  }

  /** Answers false when there is none, or one of a newer epoch. */
  private async moveCheckpoint({ projection, position, epoch = 0 }: Checkpoint): Promise<boolean> {
    const { matchedCount } = await this.connection.write((db) =>
      this.checkpoints(db).updateOne(
        { _id: projection, epoch: { $lte: epoch } },
        { $max: { position }, $set: { epoch } },
      ),
    );
    if (matchedCount > 0) this.begun.add(projection);
    return matchedCount > 0;
  }

  /** Answers false when another process was faster. */
  private async insertCheckpoint({ projection, position, epoch = 0 }: Checkpoint): Promise<boolean> {
    return this.connection.write(async (db) => {
      try {
        await this.checkpoints(db).insertOne({ _id: projection, position, epoch });
        this.begun.add(projection);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    });
  }

  /** @throws TaskledgerError with the code `conflict` when a projector with a newer epoch has written. */
  private async checkEpoch({ projection, epoch = 0 }: Checkpoint): Promise<void> {
    const stored = await this.connection.read((db) => this.checkpoints(db).findOne({ _id: projection }));
    if (stored === null || stored.epoch <= epoch) return;
    throw new TaskledgerError(
      'conflict',
      `Another projector works on ${projection} under epoch ${stored.epoch}; this one's was ${epoch}`,
    );
  }

  private checkpoints(db: Db) {
    return db.collection<StoredCheckpoint>(this.checkpointsName);
  }

  private parkedStreams(db: Db) {
    return db.collection<StoredParkedStream>(this.parkedName);
  }
}
