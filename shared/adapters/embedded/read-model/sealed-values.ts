import type { Database } from 'lmdb';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from './damage.js';
import { numberOfText, openSealedText, sealText } from './sealed.js';

/** Values under texts, as JSON with a checksum. */
export class SealedValues<Value> {
  private readonly database: Database<string, string>;

  constructor(
    folder: DerivedFolder,
    private readonly name: string,
  ) {
    this.database = folder.openDatabase(name, { encoding: 'string' });
  }

  /** @throws DamagedStoreError when it is not what was written. */
  get(key: string): Value | undefined {
    const sealed = this.database.get(key);
    return sealed === undefined ? undefined : this.open(key, sealed);
  }

  /** Some values in the order of their keys. @throws DamagedStoreError when one is not what was written. */
  *range(
    options: { start?: string; end?: string; exclusiveStart?: boolean; limit?: number } = {},
  ): Generator<{
    key: string;
    value: Value;
  }> {
    for (const { key, value } of this.database.getRange(options)) yield { key, value: this.open(key, value) };
  }

  /** Some keys in their order, from one to before another. Their values are not looked at. */
  keys(options: { start: string; end: string; limit: number }): Iterable<string> {
    return this.database.getKeys(options);
  }

  /** Belongs into a transaction, as `remove` and `clear` do. */
  put(key: string, value: Value): void {
    void this.database.put(key, sealText(numberOfText(key), JSON.stringify(value)));
  }

  remove(key: string): void {
    void this.database.remove(key);
  }

  clear(): void {
    for (const key of this.database.getKeys()) void this.database.remove(key);
  }

  private open(key: string, sealed: string): Value {
    const text = openSealedText(numberOfText(key), sealed);
    if (text === undefined) throw new DamagedStoreError(`${this.name} ${key} is not what was written`);
    return JSON.parse(text) as Value;
  }
}
