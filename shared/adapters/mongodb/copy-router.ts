import { randomUUID } from 'node:crypto';
import { UnavailableError } from '../../core/contracts/errors.js';
import { SharedLook } from '../../kit/shared-look.js';
import { DataGoneError } from './data-gone-error.js';
import type { MongoDbConnection } from './mongodb-connection.js';
import { POINTER_PLACE, ServingPointer, type CopySide } from './serving-pointer.js';
import { copyOfCollection, isOfFormerForm, MongoDbCopy } from './mongodb-copy.js';

/** How long a process goes on writing to the copy that it last knew to serve, in milliseconds. */
export const SERVING_AGE_MS_MAX = 500;

const FIRST_COPY = 1;
/** How often a read is done again since another copy served when it was done. */
const READS_MAX = 5;

const SIDES: Record<CopySide, string> = {
  tasks: 'The lists',
  counts: 'The counts',
  series: 'The series',
  versions: 'The versions',
};

/**
 * Which copy of the read model serves, and whether it is what this process knows of it. What a process remembers of a copy
 * belongs to the copy (`MongoDbCopy`): when somebody has removed or replaced what it has, another one is begun, with nothing.
 */
export class CopyRouter {
  /** Told once for each copy that is found to be lost. */
  onLost: (reason: string) => void = () => undefined;
  private current: MongoDbCopy | undefined;
  private askedAtMs = -Infinity;
  /** Whether it was said once which copy serves: that can only be gone because somebody removed it. */
  private pointed = false;
  private readonly pointer: ServingPointer;
  private readonly looks = new SharedLook(() => this.look());

  /** @param replaced Told why a copy was given up for a new one. */
  constructor(
    private readonly connection: MongoDbConnection,
    private readonly replaced: (reason: string, database: string) => void,
  ) {
    this.pointer = new ServingPointer(connection);
  }

  /** The copy that serves, or did less than `SERVING_AGE_MS_MAX` ago: for writes, which are good for any. */
  async get(): Promise<MongoDbCopy> {
    if (this.current !== undefined && performance.now() - this.askedAtMs < SERVING_AGE_MS_MAX)
      return this.current;
    return this.looks.ask();
  }

  /**
   * Reads from the copy that serves at the end of the read, so that it is what was there after the call: neither another
   * copy's, nor what is left when somebody takes the data away.
   *
   * @param side What must be whole for that; nothing where each document is right by itself.
   * @throws UnavailableError when it is not, or what was read is not what was written.
   */
  async read<Answer>(
    side: CopySide | undefined,
    read: (copy: MongoDbCopy) => Promise<Answer>,
  ): Promise<Answer> {
    let gone: DataGoneError | undefined;
    for (let reads = 0; reads < READS_MAX; reads++) {
      const copy = await this.get();
      try {
        const answer = await read(copy);
        if ((await this.looks.ask()) === copy) {
          await copy.check();
          if (side === undefined || copy.building[side] !== true) return answer;
          throw new UnavailableError(
            `${SIDES[side]} are being made again from the ledger; try again in a while`,
          );
        }
      } catch (error) {
        // It may have been replaced in between, and removed.
        if (!(error instanceof DataGoneError)) throw error;
        gone = error;
        this.askedAtMs = -Infinity;
      }
    }
    throw gone ?? new UnavailableError('Which copy of the read model serves changes again and again');
  }

  /** The copy in which a projector begins, or goes on: a new one when the one before is lost. */
  async ready(): Promise<MongoDbCopy> {
    for (let looks = 0; looks < READS_MAX; looks++) {
      try {
        const copy = await this.looks.ask();
        if (copy.lost !== undefined) throw new DataGoneError(copy.lost);
        await copy.check();
        if (copy.id !== undefined) return copy;
        await this.pointer.claim(copy.number);
      } catch (error) {
        if (!(error instanceof DataGoneError)) throw error;
        if (await this.replace(this.current)) this.replaced(error.message, this.connection.database);
      }
    }
    throw new UnavailableError('Which copy of the read model serves changes again and again');
  }

  /** Looks for what tells that the copy is lost, and has `onLost` told; else makes sure that what is whole is said to be. */
  async inspect(): Promise<void> {
    try {
      const copy = await this.looks.ask();
      await copy.check();
      await copy.checkCollections();
      // An engine whose updates are no single step may have written over what both sides said at once.
      for (const side of copy.finished) await this.finished(copy, side);
    } catch (error) {
      if (error instanceof DataGoneError && this.current !== undefined)
        this.lose(this.current, error.message);
    }
  }

  /** Has a new copy serve, which is empty, unless another one than the former serves by now. Answers whether it did. */
  async replace(former: MongoDbCopy | undefined): Promise<boolean> {
    const { number = FIRST_COPY, id } = former ?? {};
    const numbers = (await this.collections()).map(copyOfCollection).filter((one) => one !== undefined);
    const copy = Math.max(number, ...numbers) + 1;
    const next = {
      copy,
      id: randomUUID(),
      building: { tasks: true, counts: true, series: true, versions: true },
    };
    const swapped = await this.pointer.swap({ copy: number, ...(id !== undefined && { id }) }, next);
    this.pointed = false;
    this.askedAtMs = -Infinity;
    if (swapped) await this.removeOthers();
    return swapped;
  }

  /** Notes that a side of a copy has come to the ledger's end. */
  async finished(copy: MongoDbCopy, side: CopySide): Promise<void> {
    copy.finished.add(side);
    if (copy.building[side] !== true || copy.id === undefined) return;
    await this.pointer.finished({ copy: copy.number, id: copy.id }, side);
    copy.building = { ...copy.building, [side]: false };
  }

  /**
   * A new copy, after all that there are. Those that do not serve are removed; those of a former form as well, once one of
   * this form serves: until then processes of a former version may still read and write them.
   */
  async startCopy(): Promise<MongoDbCopy> {
    await this.removeOthers();
    const names = await this.collections();
    const serving = await this.servingNumber();
    const numbers = names.map(copyOfCollection).filter((one) => one !== undefined);
    if (numbers.includes(serving)) await this.remove(names.filter(isOfFormerForm));
    return new MongoDbCopy(this.connection, Math.max(serving, ...numbers) + 1, randomUUID());
  }

  async serve(copy: MongoDbCopy): Promise<void> {
    await this.pointer.set({ copy: copy.number, ...(copy.id !== undefined && { id: copy.id }) });
    this.current = this.watched(copy);
    this.pointed = true;
    this.askedAtMs = performance.now();
  }

  /** Removes every copy of this form that does not serve. */
  async removeOthers(): Promise<void> {
    const serving = await this.servingNumber();
    const copies = (await this.collections()).filter((name) => copyOfCollection(name) !== undefined);
    await this.remove(copies.filter((name) => copyOfCollection(name) !== serving));
  }

  private async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.connection.write((db, limit) => db.dropCollection(name, limit));
  }

  private async look(): Promise<MongoDbCopy> {
    const askedAtMs = performance.now();
    const pointer = await this.pointer.read();
    if (pointer === undefined && this.pointed)
      throw new DataGoneError(
        `${POINTER_PLACE}, which says which copy of the read model serves, was removed`,
      );
    this.pointed = pointer !== undefined;
    const { copy: number, id, building } = pointer ?? { copy: FIRST_COPY };
    const { current } = this;
    const isSame = current?.number === number && current.id === id;
    const copy = isSame ? current : this.watched(new MongoDbCopy(this.connection, number, id));
    if (building !== undefined) copy.building = building;
    this.current = copy;
    this.askedAtMs = askedAtMs;
    // Whoever has filled the former, and has nothing more to write, would never hear of the one that was begun.
    if (!isSame && current?.id !== undefined && Object.values(copy.building).includes(true))
      this.lose(current, 'another process has begun a new copy with nothing');
    return copy;
  }

  private watched(copy: MongoDbCopy): MongoDbCopy {
    copy.onLost = (reason) => this.lose(copy, reason);
    return copy;
  }

  private lose(copy: MongoDbCopy, reason: string): void {
    if (copy.lost !== undefined) return;
    copy.lost = reason;
    this.onLost(reason);
  }

  private async servingNumber(): Promise<number> {
    return (await this.pointer.read())?.copy ?? FIRST_COPY;
  }

  private async collections(): Promise<string[]> {
    const found = await this.connection.read((db, limit) =>
      db.listCollections({}, { nameOnly: true, ...limit }).toArray(),
    );
    return found.map(({ name }) => name);
  }
}
