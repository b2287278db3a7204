import type { Db } from 'mongodb';
import type { MongoDbConnection } from './mongodb-connection.js';
import { copyOfCollection, isOfFormerForm, TaskCopy } from './task-copy.js';

/** How long a process goes on with the copy that it last knew to serve, in milliseconds. */
export const SERVING_AGE_MS_MAX = 500;

const FIRST_COPY = 1;
const POINTER = 'serving_v2';

/** Which copy of the read model serves: a document names it, and every process looks there again and again. */
export class ServingCopy {
  private current: TaskCopy | undefined;
  private askedAtMs = -Infinity;
  private asking: Promise<TaskCopy> | undefined;

  constructor(private readonly connection: MongoDbConnection) {}

  /** The copy that serves, or did less than `SERVING_AGE_MS_MAX` ago. */
  async get(): Promise<TaskCopy> {
    if (this.current !== undefined && performance.now() - this.askedAtMs < SERVING_AGE_MS_MAX)
      return this.current;
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /**
   * A new copy, after all that there are. Those that do not serve are removed; those of a former form as well, once one of
   * this form serves: until then processes of a former version may still read and write them.
   */
  async startCopy(): Promise<TaskCopy> {
    await this.removeOthers();
    const names = await this.collections();
    const serving = await this.servingNumber();
    const numbers = names.map(copyOfCollection).filter((one) => one !== undefined);
    if (numbers.includes(serving)) await this.remove(names.filter(isOfFormerForm));
    return new TaskCopy(this.connection, Math.max(serving, ...numbers) + 1);
  }

  async serve(copy: TaskCopy): Promise<void> {
    await this.connection.write((db) =>
      this.pointers(db).replaceOne({ _id: POINTER }, { copy: copy.number }, { upsert: true }),
    );
    this.current = copy;
    this.askedAtMs = performance.now();
  }

  /** Removes every copy of this form that does not serve. */
  async removeOthers(): Promise<void> {
    const serving = await this.servingNumber();
    const copies = (await this.collections()).filter((name) => copyOfCollection(name) !== undefined);
    await this.remove(copies.filter((name) => copyOfCollection(name) !== serving));
  }

  private async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.connection.write((db) => db.dropCollection(name));
  }

  private async ask(): Promise<TaskCopy> {
    const askedAtMs = performance.now();
    const number = await this.servingNumber();
    if (this.current?.number !== number) this.current = new TaskCopy(this.connection, number);
    this.askedAtMs = askedAtMs;
    return this.current;
  }

  private async servingNumber(): Promise<number> {
    const pointer = await this.connection.read((db) => this.pointers(db).findOne({ _id: POINTER }));
    return pointer?.copy ?? FIRST_COPY;
  }

  private async collections(): Promise<string[]> {
    const found = await this.connection.read((db) => db.listCollections({}, { nameOnly: true }).toArray());
    return found.map(({ name }) => name);
  }

  private pointers(db: Db) {
    return db.collection<{ _id: string; copy: number }>('copies');
  }
}
