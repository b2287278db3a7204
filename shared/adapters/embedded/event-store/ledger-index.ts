import { join } from 'node:path';
import { TaskledgerError, UnavailableError } from '../../../core/contracts/errors.js';
import type { TellLine } from '../../../core/ports/logger.js';
import { DerivedFolder } from '../derived-folder.js';
import type { KnownEnd } from '../event-log/event-log.js';
import { IndexDoubtError } from '../event-log/proven-table.js';
import { StreamIndex, type IndexChange } from '../event-log/stream-index.js';
import { isLmdbDamage } from '../lmdb-damage.js';

/** What is in its folder. */
export const LEDGER_INDEX_FORMAT = { format: 'taskledger-ledger-index', version: 2 };

/** The folder's name within the ledger's. */
export const INDEX_FOLDER = 'index';

export interface LedgerIndexOptions {
  readOnly?: boolean;
  /** Is told when the index is made again, and why. */
  told?: TellLine;
}

/**
 * A ledger's index for as long as nothing speaks against it. Once it has said something that can't be right, nothing that it
 * says is given to anybody, which is on record on disk, until it has been made again from the log: a writer does that.
 */
export class LedgerIndex {
  /** Called whenever somebody asks while it is in doubt. */
  whenInDoubt: () => void = () => undefined;
  #reason: string | undefined;
  #streams: StreamIndex | undefined;

  private constructor(
    private readonly path: string,
    private readonly told: TellLine,
    private folder: DerivedFolder | undefined,
  ) {
    this.#streams = folder && new StreamIndex(folder);
  }

  /** Opens it; a writer makes it, a reader goes without where there is none. */
  static open(ledger: string, { readOnly = false, told = () => undefined }: LedgerIndexOptions): LedgerIndex {
    const path = join(ledger, INDEX_FOLDER);
    const replaced = (reason: string): void => tellRebuilt(told, reason);
    const folder = readOnly ? openToRead(path) : DerivedFolder.open(path, LEDGER_INDEX_FORMAT, { replaced });
    return new LedgerIndex(path, told, folder);
  }

  get isInDoubt(): boolean {
    return this.#reason !== undefined;
  }

  /** How far it covers which log; `undefined` when nothing says so that is to be relied on. */
  end(): KnownEnd | undefined {
    try {
      return this.ask((streams) => streams.end());
    } catch (error) {
      if (error instanceof UnavailableError) return undefined;
      throw error;
    }
  }

  /**
   * What it says; `undefined` when there is none.
   *
   * @throws UnavailableError when it is, or comes to be, in doubt.
   */
  ask<Answer>(question: (streams: StreamIndex) => Answer): Answer | undefined {
    this.check();
    try {
      return this.#streams && question(this.#streams);
    } catch (error) {
      throw this.#judge(error);
    }
  }

  /** As `StreamIndex.add`. @throws as `ask`. */
  async add(change: IndexChange): Promise<void> {
    this.check();
    try {
      await this.#streams?.add(change);
    } catch (error) {
      throw this.#judge(error);
    }
  }

  /** @throws UnavailableError when it is in doubt. */
  check(): void {
    if (this.#reason !== undefined) throw this.doubt(this.#reason);
  }

  /** Notes that it has said something that can't be right; answers what to throw. */
  doubt(reason: string): UnavailableError {
    if (this.#reason === undefined) {
      this.#reason = reason;
      tellRebuilt(this.told, reason);
      try {
        if (this.folder?.isCurrent === true) this.folder.doubt(reason);
      } catch {
        // It can't be put on record. This process does not use it any more all the same.
      }
    }
    this.whenInDoubt();
    return new UnavailableError(`The ledger's index is being made again: ${this.#reason}`);
  }

  /** For a writer: whether a reader has found what is not right, counts as if it had. */
  hearOfDoubt(): void {
    if (!this.isInDoubt && DerivedFolder.isInDoubt(this.path)) this.doubt('a reader has found a wrong entry');
  }

  /** Takes all of it away. What it answers is to be filled from the log, and then to be adopted. */
  async renew(): Promise<LedgerIndex> {
    const folder = this.folder as DerivedFolder;
    await folder.replace();
    const fresh = new LedgerIndex(this.path, this.told, folder);
    await fresh.#streams?.clear();
    return fresh;
  }

  /** Goes on with what was made again. */
  adopt(fresh: LedgerIndex): void {
    fresh.check();
    this.#streams = fresh.#streams;
    this.#reason = undefined;
  }

  /** Does without it: it is not one of this log. */
  leave(): void {
    void this.close();
    this.#streams = this.folder = undefined;
  }

  /** Opens what a writer has made in place of what this reader has; answers whether it did. */
  reopen(): boolean {
    if (this.folder?.isCurrent === true || DerivedFolder.isInDoubt(this.path)) return false;
    try {
      const folder = openToRead(this.path);
      if (folder === undefined) return false;
      void this.folder?.close();
      this.folder = folder;
      this.#streams = new StreamIndex(folder);
      this.#reason = undefined;
      return true;
    } catch (error) {
      // Not all of it is there yet.
      if (error instanceof TaskledgerError) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.folder?.close();
  }

  #judge(error: unknown): unknown {
    const isWrong = error instanceof IndexDoubtError || isLmdbDamage(error);
    return isWrong ? this.doubt((error as Error).message) : error;
  }
}

/** Has it said that the index is made again. */
export function tellRebuilt(told: TellLine, reason: string): void {
  told('ledger_index_rebuild_started', `The index of the ledger is made again from its log: ${reason}`);
}

/** A reader's, where there is one that nobody doubts. */
function openToRead(path: string): DerivedFolder | undefined {
  if (!DerivedFolder.isOriginal(path) || DerivedFolder.isInDoubt(path)) return undefined;
  return DerivedFolder.open(path, LEDGER_INDEX_FORMAT, { readOnly: true });
}
