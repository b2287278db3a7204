import type { Database } from 'lmdb';
import { CorruptStoreError } from '../../../core/contracts/errors.js';
import { DamagedStoreError } from './damage.js';
import { numberOfText, openSealedText, sealText } from './sealed.js';

const KEY = 'taskTypes';
const TASK_TYPES_MAX = 2 ** 16;

/** The numbers that stand for task types in records and keys: places in a list that only grows. */
export class TaskTypes {
  private names: string[] = [];
  private numbers = new Map<string, number>();
  private savedCount = 0;

  /** @param shared Whether another process may add to the list: then it is read again when a type is missing. */
  constructor(
    private readonly database: Database<string, string>,
    private readonly shared: boolean,
  ) {
    this.load();
  }

  /** @throws DamagedStoreError when it is not what was written. */
  private load(): void {
    const sealed = this.database.get(KEY);
    const text = sealed === undefined ? '[]' : openSealedText(numberOfText(KEY), sealed);
    if (text === undefined) throw new DamagedStoreError('the list of task types is not what was written');
    this.names = JSON.parse(text) as string[];
    this.numbers = new Map(this.names.map((name, number) => [name, number]));
    this.savedCount = this.names.length;
  }

  /** The number of a type, or `undefined` when no task has ever had it. */
  find(name: string): number | undefined {
    if (this.shared && !this.numbers.has(name)) this.load();
    return this.numbers.get(name);
  }

  /** The numbers of all types that a task has ever had. */
  all(): number[] {
    if (this.shared) this.load();
    return [...this.names.keys()];
  }

  /** The number of a type, given to it now if it has none yet; `save` must follow in the same commit. */
  number(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length === TASK_TYPES_MAX) {
      throw new CorruptStoreError(`The read model holds ${TASK_TYPES_MAX} task types, the most there can be`);
    }
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  /** @throws DamagedStoreError when no type has this number. */
  name(number: number): string {
    if (this.shared && number >= this.names.length) this.load();
    const name = this.names[number];
    if (name === undefined) throw new DamagedStoreError(`the task type ${number} is gone`);
    return name;
  }

  /** Writes the list, if it has grown. Belongs into a transaction; `saved` follows once that is committed. */
  save(): void {
    if (this.savedCount === this.names.length) return;
    void this.database.put(KEY, sealText(numberOfText(KEY), JSON.stringify(this.names)));
  }

  saved(): void {
    this.savedCount = this.names.length;
  }
}
