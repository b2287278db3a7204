import type { Db } from 'mongodb';
import { TaskledgerError } from '../../core/contracts/errors.js';
import type {
  Checkpoint,
  LedgerMark,
  ParkedStream,
  ProjectionProgress,
} from '../../core/ports/read-model.js';
import { DataGoneError } from './data-gone-error.js';
import type { MongoDbConnection } from './mongodb-connection.js';

const DUPLICATE_KEY = 11_000;
/** Under which name what was written ahead of every checkpoint stands among them. */
const AHEAD = ' ahead';

/** A place in the ledger, and whether that is a part of the way to its end. */
export type ReachedMark = LedgerMark & Pick<Checkpoint, 'partial'>;

/** A mark as it is stored: `$max` compares member by member, so that it leaves the furthest. */
interface StoredMark {
  /** Must stay first. */
  position: string;
  /** Not `partial`. Must stay second. */
  whole: boolean;
  ledgerId?: string;
  fingerprint?: string;
}

interface StoredCheckpoint {
  /** The projection's name. */
  _id: string;
  /** Absent in what a former version wrote, which said no more than the position. */
  mark?: StoredMark;
  position?: string;
  /** Of the last projector that wrote; 0 for one without a lease. */
  epoch: number;
}

interface StoredParkedStream extends ParkedStream {
  _id: string;
}

/** How far projections have come in one copy of the read model, and what they could not go on with. */
export class ProjectionRecords {
  /** How far each checkpoint was when this process last saw it: it can only be less because somebody changed it. */
  private readonly reached = new Map<string, string>();

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly checkpointsName: string,
    private readonly parkedName: string,
  ) {}

  /**
   * The checkpoint, as far as it has come.
   *
   * @throws DataGoneError as `check` does.
   */
  async checkpoint(projection: string): Promise<string | undefined> {
    return (await this.marks()).get(projection)?.position;
  }

  /** As `ProjectionTarget.madeFrom`. @throws DataGoneError as `check` does. */
  async madeFrom(projection: string): Promise<ReachedMark[]> {
    return (await this.servedFrom(projection)).marks;
  }

  /** As `ServedMarks.servedFrom`. @throws DataGoneError as `check` does. */
  async servedFrom(projection: string): Promise<{ begun: boolean; marks: ReachedMark[] }> {
    const all = await this.marks();
    const marks = [all.get(projection), all.get(AHEAD)].filter((mark) => mark !== undefined);
    return { begun: all.has(projection), marks };
  }

  /**
   * Makes sure that no checkpoint has gone back since this process last saw it.
   *
   * @throws DataGoneError when one has: the documents are older than they were, or are no longer there.
   */
  async check(): Promise<void> {
    await this.marks();
  }

  /** Notes what is about to be written ahead of the checkpoints. */
  async putAhead(mark: LedgerMark): Promise<void> {
    await this.connection.write((db, limit) =>
      this.checkpoints(db).updateOne(
        { _id: AHEAD },
        { $max: { mark: storedMark(mark) }, $setOnInsert: { epoch: 0 } },
        { upsert: true, ...limit },
      ),
    );
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    return this.connection.read((db, limit) =>
      this.parkedStreams(db).find({ projection }, limit).project<ParkedStream>({ _id: 0 }).toArray(),
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
      const operations = [
        ...unpark.map((stream) => ({ deleteOne: { filter: { _id: `${projection} ${stream}` } } })),
        ...park.map((parked) => {
          const _id = `${parked.projection} ${parked.stream}`;
          return { replaceOne: { filter: { _id }, replacement: { ...parked }, upsert: true } };
        }),
      ];
      await this.connection.write((db, limit) => this.parkedStreams(db).bulkWrite(operations, limit));
    }
    if (await this.moveCheckpoint(checkpoint)) return;
    if (!this.reached.has(projection) && (await this.insertCheckpoint(checkpoint))) return;
    if (await this.moveCheckpoint(checkpoint)) return;
    await this.checkEpoch(checkpoint);
    throw new DataGoneError(`${this.placeOf(projection)} was removed or has gone back`);
  }

  /** Answers false when there is none, one that has gone back, or one of a newer epoch. */
  private async moveCheckpoint(checkpoint: Checkpoint): Promise<boolean> {
    const { projection, position, epoch = 0 } = checkpoint;
    const reached = this.reached.get(projection);
    const { matchedCount } = await this.connection.write((db, limit) =>
      this.checkpoints(db).updateOne(
        {
          _id: projection,
          epoch: { $lte: epoch },
          ...(reached !== undefined && { 'mark.position': { $gte: reached } }),
        },
        { $max: { mark: storedMark(checkpoint) }, $set: { epoch } },
        limit,
      ),
    );
    if (matchedCount > 0) this.note(projection, position);
    return matchedCount > 0;
  }

  /** Answers false when another process was faster. */
  private async insertCheckpoint(checkpoint: Checkpoint): Promise<boolean> {
    const { projection, position, epoch = 0 } = checkpoint;
    return this.connection.write(async (db, limit) => {
      try {
        await this.checkpoints(db).insertOne({ _id: projection, mark: storedMark(checkpoint), epoch }, limit);
        this.note(projection, position);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    });
  }

  /** All there are, by projection. */
  private async marks(): Promise<Map<string, ReachedMark>> {
    const before = new Map(this.reached);
    const stored = await this.connection.read((db, limit) => this.checkpoints(db).find({}, limit).toArray());
    const marks = new Map(stored.map((one) => [one._id, markOf(one)]));
    for (const [projection, reached] of before) {
      const { position } = marks.get(projection) ?? {};
      if (position !== undefined && position >= reached) continue;
      const now = position === undefined ? 'was removed' : `has gone back from ${reached} to ${position}`;
      throw new DataGoneError(`${this.placeOf(projection)} ${now}`);
    }
    for (const [projection, { position }] of marks) this.note(projection, position);
    return marks;
  }

  private placeOf(projection: string): string {
    return `The checkpoint of ${projection} in the collection ${this.checkpointsName}`;
  }

  private note(projection: string, position: string): void {
    if (position > (this.reached.get(projection) ?? '')) this.reached.set(projection, position);
  }

  /** @throws TaskledgerError with the code `conflict` when a projector with a newer epoch has written. */
  private async checkEpoch({ projection, epoch = 0 }: Checkpoint): Promise<void> {
    const stored = await this.connection.read((db, limit) =>
      this.checkpoints(db).findOne({ _id: projection }, limit),
    );
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

function storedMark({ position, partial = false, ledgerId, fingerprint }: ReachedMark): StoredMark {
  return {
    position,
    whole: !partial,
    ...(ledgerId !== undefined && { ledgerId }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

function markOf({ mark, position = '' }: StoredCheckpoint): ReachedMark {
  if (mark === undefined) return { position };
  const { whole, ...place } = mark;
  return { ...place, ...(!whole && { partial: true }) };
}
