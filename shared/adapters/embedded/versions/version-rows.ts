import type { Database, DatabaseOptions } from 'lmdb';
import { DamagedTaskError } from '../../../core/ports/read-model.js';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from '../read-model/damage.js';
import { INT_BYTES_MAX, readInt, writeInt } from '../read-model/ints.js';
import { numberOfInt } from '../read-model/sealed.js';
import { parseRecord, recordText, type TaskRecord } from '../read-model/task-record.js';
import type { TaskTypes } from '../read-model/task-types.js';

/** Under which key a version stands: those of a task one after the other. */
export type VersionKey = [taskId: number, position: string];

/** Before all others: without a start the library would have its own. */
const FIRST_KEY: VersionKey = [0, ''];

/** Each version of each task, under the position that it holds from. Until when it held, the next one says. */
export class VersionRows {
  private readonly rows: Database<string, VersionKey>;

  constructor(
    folder: DerivedFolder,
    private readonly types: TaskTypes,
  ) {
    this.rows = folder.openDatabase<string, VersionKey>('versions', ROW_OPTIONS);
  }

  /** Looks whether the first rows are what was written. @throws DamagedStoreError when they are not. */
  check(rowsMax: number): void {
    for (const { key, value } of this.rows.getRange({ start: FIRST_KEY, limit: rowsMax }))
      this.open(key, value);
  }

  /** A task as it was at a position. @throws DamagedStoreError when that is not what was written. */
  at(taskId: number, position: string): TaskRecord | undefined {
    const range = { start: [taskId, position], end: [taskId, ''], reverse: true, limit: 1 };
    for (const { key, value } of this.rows.getRange(range)) return this.open(key, value);
    return undefined;
  }

  /** Belongs into a transaction, as all that follows does. */
  put(position: string, record: TaskRecord): void {
    const text = recordText(record, this.types, { keyNumber: numberOf(record.taskId, position), room: '' });
    void this.rows.put([record.taskId, position], text);
  }

  /**
   * Takes away those versions that held no more at a position, of some rows after another one.
   *
   * @param after As the last call has answered.
   * @param rowsMax How many rows are looked at: 2 or more.
   * @returns The last one; `undefined` once there are no more.
   */
  removeBefore(position: string, after: VersionKey | undefined, rowsMax: number): VersionKey | undefined {
    // The last one of before is looked at again, since until when it held only the next one says.
    const keys = [...this.rows.getKeys({ start: after ?? FIRST_KEY, limit: rowsMax })];
    for (const [at, key] of keys.entries()) {
      const next = keys[at + 1];
      if (next?.[0] === key[0] && next[1] <= position) void this.rows.remove(key);
    }
    return keys.length < rowsMax ? undefined : keys.at(-1);
  }

  clear(): void {
    this.rows.clearSync();
  }

  private open([taskId, position]: VersionKey, sealed: string): TaskRecord {
    try {
      return parseRecord(taskId, sealed, this.types, numberOf(taskId, position));
    } catch (error) {
      if (error instanceof DamagedTaskError)
        throw new DamagedStoreError(`a version of task ${taskId} is not what was written`);
      throw error;
    }
  }
}

/** The number for a key (FNV-1a). */
function numberOf(taskId: number, position: string): number {
  let hash = numberOfInt(taskId);
  for (let at = 0; at < position.length; at++) hash = Math.imul(hash ^ position.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

const ROW_KEYS = {
  writeKey: ([taskId, position]: VersionKey, target: Buffer, start: number): number => {
    const at = writeInt(target, start, taskId);
    return at + target.write(position, at, 'latin1');
  },
  readKey: (source: Buffer, start: number, end: number): VersionKey => {
    const taskId = readInt(source, start);
    const at = start + 1 + Math.min(INT_BYTES_MAX, source[start] as number);
    return [taskId, source.toString('latin1', at, end)];
  },
};

/** The library's types lack `keyEncoder`, which its README has. */
const ROW_OPTIONS = { encoding: 'string', keyEncoder: ROW_KEYS } as DatabaseOptions;
