import { TaskledgerError, UnavailableError } from '../../../core/contracts/errors.js';
import type { LedgerMark, ProjectionProgress, TaskChange } from '../../../core/ports/read-model.js';
import { DerivedFolder, type DerivedFolderOptions } from '../derived-folder.js';
import { diskReason } from '../disk-errors.js';
import { isLmdbDamage } from '../lmdb-damage.js';
import { DamagedStoreError } from './damage.js';
import { LostData } from './lost-data.js';
import type { CountedSide, ProjectionRecords, WrittenSide } from './projection-records.js';
import { ReadModelTables } from './read-model-tables.js';

const FORMAT = { format: 'taskledger-read-model', version: 6 };
/** What of it may be taken away by itself. */
const COUNTED: readonly CountedSide[] = ['counts', 'series', 'versions'];

export interface ReadModelFolderOptions extends DerivedFolderOptions {
  /** As that of the folder; `what` when it is not all of it. */
  replaced?: (reason: string, what?: string) => void;
  /** The same, for what is taken away while it is in use. */
  lost?: (reason: string, what?: string) => void;
}

/**
 * The folder of the read model and what is made of it at present. When something in it is found to be other than what was
 * written, and it can't be told what else is, all of it is taken away and made again from the ledger.
 */
export class ReadModelFolder {
  /** What is lost of each side. */
  readonly sides: Readonly<Record<WrittenSide, LostData>> = {
    tasks: new LostData('The lists'),
    counts: new LostData('The counts'),
    series: new LostData('The series'),
    versions: new LostData('The versions'),
  };
  private current: ReadModelTables;
  private replacing: Promise<void> | undefined;

  private constructor(
    private readonly folder: DerivedFolder,
    private readonly options: ReadModelFolderOptions,
    tables: ReadModelTables,
  ) {
    this.current = tables;
    this.watch(tables);
  }

  /** @throws InvalidSettingError as `DerivedFolder.open`. */
  static async open(path: string, options: ReadModelFolderOptions = {}): Promise<ReadModelFolder> {
    const folder = DerivedFolder.open(path, FORMAT, options);
    try {
      const opened = new ReadModelFolder(folder, options, new ReadModelTables(folder));
      for (const side of COUNTED) opened.checkCounted(side);
      return opened;
    } catch (error) {
      if (folder.readOnly || error instanceof TaskledgerError) throw error;
      options.replaced?.((error as Error).message);
      await folder.replace();
      return new ReadModelFolder(folder, options, new ReadModelTables(folder));
    }
  }

  /** Takes a side away when it is not what was written: before anybody asks, nobody has to be told. */
  private checkCounted(side: CountedSide): void {
    if (this.readOnly) return;
    try {
      this.current[side].check();
    } catch (error) {
      if (!(error instanceof DamagedStoreError)) throw error;
      this.options.replaced?.(error.message, side);
      this.resetCounted(side);
    }
  }

  get readOnly(): boolean {
    return this.folder.readOnly;
  }

  get tables(): ReadModelTables {
    return this.current;
  }

  /** Reads, or shows, documents. @throws UnavailableError when they are lost, and TaskledgerErrors as they are thrown. */
  read<Result>(work: (tables: ReadModelTables) => Result): Result {
    this.sides.tasks.check();
    return this.judged(() => work(this.current));
  }

  /** The same for the counts, the series and the versions, which are made again by themselves. */
  readCounted<Result>(side: CountedSide, work: (tables: ReadModelTables) => Result): Result {
    this.sides[side].check();
    return this.judged(() => {
      try {
        return work(this.current);
      } catch (error) {
        if (!(error instanceof DamagedStoreError)) throw error;
        this.loseCounted(side, error.message);
        throw new UnavailableError(`The ${side} are being made again: ${error.message}`, { cause: error });
      }
    });
  }

  /** Reads what is on record of projections, also while the rest is lost. */
  async onRecord<Result>(work: (records: ProjectionRecords) => Result): Promise<Result> {
    await this.whole();
    return this.judged(() => work(this.current.records));
  }

  /** @throws InvalidRequestError when a change can't be stored. */
  checkChanges(changes: readonly TaskChange[]): void {
    this.read(({ documents }) => documents.check(changes));
  }

  /** Notes how far the documents have come; parked streams are on disk as far as anything here is when it answers. */
  async advance(progress: ProjectionProgress | undefined, ahead: LedgerMark | undefined): Promise<void> {
    const { writer, records } = this.current;
    if (ahead !== undefined) this.read(() => records.note('tasks', ahead));
    const { park = [], unpark = [] } = progress ?? {};
    if (progress !== undefined && park.length + unpark.length > 0) {
      await this.writing(writer.writeNow(progress));
      writer.soon(progress.checkpoint.projection);
      return;
    }
    if (progress !== undefined) this.read(() => records.advance('tasks', progress.checkpoint));
    writer.soon(progress?.checkpoint.projection);
  }

  /** Waits for a write. @throws UnavailableError when it fails. */
  async writing(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.doubtIfDamaged(error);
      if (error instanceof TaskledgerError) throw error;
      throw new UnavailableError(`The read model can't be written: ${diskReason(error)}`, {
        cause: error,
      });
    }
  }

  /** Waits until no replacement is under way. @throws InvalidSettingError when it has failed; the next call tries again. */
  async whole(): Promise<void> {
    const { replacing } = this;
    if (replacing === undefined) return;
    try {
      await replacing;
    } catch (error) {
      if (this.replacing === replacing) this.replacing = this.renew();
      throw error;
    }
  }

  /** A projector is about to go on from what is on record of it. */
  async begin(side: WrittenSide): Promise<void> {
    await this.whole();
    this.sides[side].end();
  }

  /** Takes everything away. */
  async replace(reason: string): Promise<void> {
    if (this.replacing === undefined) this.takeAway(reason);
    await this.whole();
  }

  /** Takes the counts, the series or the versions away, in one transaction. */
  resetCounted(side: CountedSide): void {
    const { countWriter, records } = this.current;
    if (side === 'counts') countWriter.forget();
    this.transaction(() => {
      this.current[side].clear();
      records.remove(side);
    });
  }

  /** Writes all of something, or nothing, unless the process is killed or it throws. */
  transaction(write: () => void): void {
    this.folder.root.transactionSync(write);
  }

  /** Writes what is shown, as far as that can be done, and lets go. @param ended Called when nothing changes any more. */
  async close(ended: () => void): Promise<void> {
    await this.replacing?.catch(() => undefined);
    const { writer, countWriter } = this.current;
    if (!this.readOnly) {
      // What can't be written comes again from the ledger.
      for (const write of [writer.writeNow(), countWriter.writeNow()]) await write.catch(() => undefined);
    }
    await Promise.all([writer.stop(), countWriter.stop()]);
    ended();
    await this.folder.close();
  }

  private judged<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.doubtIfDamaged(error);
      if (error instanceof TaskledgerError) throw error;
      this.sides.tasks.check();
      throw error;
    }
  }

  private doubtIfDamaged(error: unknown): void {
    if (error instanceof DamagedStoreError || isLmdbDamage(error)) this.lose((error as Error).message);
  }

  private lose(reason: string): void {
    if (this.readOnly || this.replacing !== undefined) return;
    this.options.lost?.(reason);
    this.takeAway(reason);
  }

  private takeAway(reason: string): void {
    for (const side of Object.values(this.sides)) side.begin(reason);
    this.replacing = this.renew();
    this.replacing.catch(() => undefined);
    // Who begins again waits until it is done.
    for (const side of Object.values(this.sides)) side.tell();
  }

  private loseCounted(side: CountedSide, reason: string): void {
    this.options.lost?.(reason, side);
    this.sides[side].begin(reason);
    // Not within the read that came upon it.
    queueMicrotask(() => {
      try {
        this.resetCounted(side);
        this.sides[side].tell();
      } catch (error) {
        this.lose((error as Error).message);
      }
    });
  }

  private async renew(): Promise<void> {
    const { writer, countWriter } = this.current;
    await Promise.all([writer.stop(), countWriter.stop()]);
    await this.folder.replace();
    this.current = new ReadModelTables(this.folder);
    this.watch(this.current);
    this.replacing = undefined;
  }

  /** What fails where nobody waits for it is judged, too. */
  private watch({ writer, countWriter }: ReadModelTables): void {
    for (const one of [writer, countWriter]) one.onError = (error) => this.doubtIfDamaged(error);
  }
}
