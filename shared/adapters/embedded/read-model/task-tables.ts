import type { Database, DatabaseOptions } from 'lmdb';
import { LARGE_PARTS } from '../../../core/contracts/task-fields.js';
import { TASK_STATUSES } from '../../../core/domain/task.js';
import { errorWords, taskWords, type FoundWords } from '../../../core/domain/words.js';
import { DamagedTaskError } from '../../../core/ports/read-model.js';
import { hasWords, type ListFilter } from '../../../core/ports/task-filter.js';
import type { DerivedFolder } from '../derived-folder.js';
import { readInt, writeInt } from './ints.js';
import { KeyIndex } from './key-index.js';
import { numberOfInt, openSealedText, sealText } from './sealed.js';
import { haveSameEntries, TaskIndex } from './task-index.js';
import { parseRecord, recordText, type TaskRecord } from './task-record.js';
import { TaskTypes } from './task-types.js';
import { spannedBy, TimeIndex } from './time-index.js';
import { TimeSpans } from './time-spans.js';
import { TraitIndex } from './trait-index.js';
import { WordIndex } from './word-index.js';

/** What stands in the tables of a task: nothing, or what can't be read. */
export type StoredTask = TaskRecord | 'none' | 'damaged';

/** Larger parts stand apart: they would be read with every item, and written with every progress. */
const PART_CHARACTERS_MAX = 400;

/** Where the error stands among the large parts. */
const ERROR_PART = 2;

const NO_WORDS: FoundWords = { names: [], error: [] };

/**
 * The tasks' documents in the store and what leads to them. Reads are synchronous and see one state of the store in each
 * turn of the event loop; what writes belongs into a transaction.
 */
export class TaskTables {
  readonly types: TaskTypes;
  readonly index: TaskIndex;
  readonly keys: KeyIndex;
  readonly traits: TraitIndex;
  readonly words: WordIndex;
  /** Of those that are looked through again and again while they wait to be written. */
  private readonly found = new WeakMap<TaskRecord, FoundWords>();
  readonly times: TimeIndex;
  readonly spans: TimeSpans;
  private readonly records: Database<string, number>;
  private readonly parts: Database<string, PartKey>;

  constructor(folder: DerivedFolder) {
    this.records = folder.openDatabase('tasks', withKeys(TASK_KEYS));
    this.parts = folder.openDatabase('parts', withKeys(PART_KEYS));
    this.types = new TaskTypes(folder.openDatabase('names', { encoding: 'string' }), folder.readOnly);
    this.index = new TaskIndex(folder);
    this.keys = new KeyIndex(folder);
    this.traits = new TraitIndex(folder);
    this.words = new WordIndex(folder);
    this.times = new TimeIndex(folder);
    this.spans = new TimeSpans(folder);
  }

  /** @throws DamagedTaskError when it is not what was written. */
  record(taskId: number): TaskRecord | undefined {
    const text = this.records.get(taskId);
    return text === undefined ? undefined : parseRecord(taskId, text, this.types);
  }

  /** Whether a task passes a test, or has no record that can be read. @throws What the test throws. */
  mayPass(taskId: number, test: (record: TaskRecord) => boolean): boolean {
    let record: TaskRecord | undefined;
    try {
      record = this.record(taskId);
    } catch (error) {
      if (error instanceof DamagedTaskError) return true;
      throw error;
    }
    return record === undefined || test(record);
  }

  /** A large part of a document. @throws DamagedTaskError when it is not what was written. */
  part({ taskId, parts, apart }: TaskRecord, part: number): string {
    const { empty } = LARGE_PARTS[part] as (typeof LARGE_PARTS)[number];
    const inRecord = parts[part];
    if (inRecord !== undefined) return inRecord;
    if ((apart & (1 << part)) === 0) return empty;
    const sealed = this.parts.get([taskId, part]);
    const json = sealed === undefined ? undefined : openSealedText(partNumber(taskId, part), sealed);
    if (json === undefined) throw new DamagedTaskError(taskId);
    return json;
  }

  /** Whether a task has the words of a filter. @throws DamagedTaskError as `part`. */
  hasWords(filter: ListFilter, record: TaskRecord): boolean {
    return hasWords(filter, () => this.wordsOf(record));
  }

  /**
   * Writes a record in the place of what stands there.
   *
   * @returns It as it is stored: without the parts that stand apart.
   */
  put(record: TaskRecord, stored: StoredTask): TaskRecord {
    const { taskId } = record;
    this.putWords(record, stored);
    const written = this.withPartsApart(record);
    void this.records.put(taskId, recordText(written, this.types));
    if (typeof stored === 'string') this.traits.add(written, written.extras.traits);
    else this.traits.change(written, stored.extras.traits, written.extras.traits);
    const before = typeof stored === 'string' ? undefined : stored;
    this.times.put(written, before);
    this.spans.put(spannedBy(written), before && spannedBy(before));
    if (stored === 'damaged') {
      // In which state it was last is not known, and all else never changes.
      for (const status of TASK_STATUSES.keys())
        if (status !== written.status) this.index.remove({ ...written, status });
    } else if (stored !== 'none' && haveSameEntries(stored, written)) {
      return written;
    } else if (stored !== 'none') {
      this.index.remove(stored);
    }
    this.index.add(written);
    if ((stored === 'none' || stored === 'damaged') && record.key !== null) this.keys.add(record.key, record);
    return written;
  }

  /** Before the parts are overwritten. */
  private putWords(record: TaskRecord, stored: StoredTask): void {
    if (typeof stored === 'string') this.words.change(record, NO_WORDS, this.wordsOf(record));
    else if (!haveSameWords(stored, record))
      this.words.change(record, this.storedWords(stored), this.wordsOf(record));
  }

  /** Without those that can't be read: what led to the task by them stays behind. */
  private storedWords(stored: TaskRecord): FoundWords {
    try {
      return this.wordsOf(stored);
    } catch (error) {
      if (error instanceof DamagedTaskError) return NO_WORDS;
      throw error;
    }
  }

  private wordsOf(record: TaskRecord): FoundWords {
    let found = this.found.get(record);
    if (found === undefined) {
      const { key, taskType, extras } = record;
      found = {
        names: taskWords({ key, taskType: this.types.name(taskType), traits: extras.traits }),
        error: errorWords(this.part(record, ERROR_PART)),
      };
      this.found.set(record, found);
    }
    return found;
  }

  private withPartsApart(record: TaskRecord): TaskRecord {
    const { taskId } = record;
    let { apart } = record;
    const parts = record.parts.map((json, part) => {
      if (json === undefined) return undefined;
      const isApart = json.length > PART_CHARACTERS_MAX;
      if (isApart) void this.parts.put([taskId, part], sealText(partNumber(taskId, part), json));
      else if ((apart & (1 << part)) !== 0) void this.parts.remove([taskId, part]);
      apart = isApart ? apart | (1 << part) : apart & ~(1 << part);
      return isApart ? undefined : json;
    });
    return { ...record, parts, apart };
  }
}

/** What else leads to words never changes. A part that stands apart and is not in the record is as it was. */
function haveSameWords(one: TaskRecord, other: TaskRecord): boolean {
  const [before, now] = [one.extras.traits, other.extras.traits];
  const isSame = before.worker === now.worker && before.error_type === now.error_type;
  return isSame && one.parts[ERROR_PART] === other.parts[ERROR_PART];
}

function partNumber(taskId: number, part: number): number {
  return (numberOfInt(taskId) + part) >>> 0;
}

type PartKey = [taskId: number, part: number];

const TASK_KEYS = {
  writeKey: (taskId: number, target: Buffer, start: number): number => writeInt(target, start, taskId),
  readKey: (source: Buffer, start: number): number => readInt(source, start),
};

const PART_KEYS = {
  writeKey: ([taskId, part]: PartKey, target: Buffer, start: number): number =>
    target.writeUInt8(part, writeInt(target, start, taskId)),
  readKey: (source: Buffer, start: number, end: number): PartKey => [
    readInt(source, start),
    source[end - 1] as number,
  ],
};

/** The library's types lack `keyEncoder`, which its README has. */
function withKeys(keyEncoder: object): DatabaseOptions {
  return { encoding: 'string', keyEncoder } as DatabaseOptions;
}
