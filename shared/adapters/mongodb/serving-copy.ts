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

  /** A new copy, after all that there are. Those that do not serve are removed. */
  async startCopy(): Promise<TaskCopy> {
    await this.removeOthers();
    const numbers = (await this.collections()).map(copyOfCollection).filter((one) => one !== undefined);
    return new TaskCopy(this.connection, Math.max(await this.servingNumber(), ...numbers) + 1);
  }

  async serve(copy: TaskCopy): Promise<void> {
    await this.connection.write((db) =>
      this.pointers(db).replaceOne({ _id: POINTER }, { copy: copy.number }, { upsert: true }),
    );
    this.current = copy;
    this.askedAtMs = performance.now();
  }

  /** Removes every copy that does not serve, those of a former form too. */
  async removeOthers(): Promise<void> {
    const serving = await this.servingNumber();
    for (const name of await this.collections()) {
      const copy = copyOfCollection(name);
      if (isOfFormerForm(name) || (copy !== undefined && copy !== serving))
        await this.connection.write((db) => db.dropCollection(name));
    }
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
