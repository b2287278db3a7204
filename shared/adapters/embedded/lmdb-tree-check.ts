import { closeSync, openSync, readSync } from 'node:fs';
import { CorruptStoreError } from '../../core/contracts/errors.js';
import { latestMeta, readTree, type LatestMeta, type LmdbTree } from './lmdb-file-check.js';
import {
  BRANCH,
  checkOverflow,
  BadPageError,
  LEAF,
  lmdbNodes,
  overflowPages,
  type LmdbNode,
  type PagePlace,
} from './lmdb-page.js';

/** A page that is still to be looked at, and between which keys all in it must lie. */
interface OpenPage {
  page: number;
  /** How many pages are on the way from it to an entry, itself included. */
  height: number;
  from: Buffer | undefined;
  end: Buffer | undefined;
}

/** A tree that describes one database, or the list of free pages. */
type TreeKind = 'free' | 'main' | 'named';

/**
 * Refuses a data file whose trees are not what LMDB writes, before LMDB reads it: it trusts what it finds, so that one
 * wrong byte ends the process, or hides a part of a tree. It looks at as much as the time allows, what leads to the most
 * first. What stands in values is not looked at: whoever wrote them has checksums for that.
 *
 * @param file One that `checkLmdbFile` let pass: the memory that this takes follows the pages that it says to have.
 * @param budgetMs How long it may take.
 * @throws CorruptStoreError with one line saying what is wrong.
 */
export function checkLmdbTree(file: string, budgetMs: number): void {
  const meta = latestMeta(file);
  // On other machines the form is another one.
  if (meta === undefined) return;
  const handle = openSync(file, 'r');
  try {
    new TreeCheck(handle, file, meta, performance.now() + budgetMs).check();
  } finally {
    closeSync(handle);
  }
}

class TreeCheck {
  /** One bit for each page: whether something stands on it. */
  private readonly used: Uint8Array;
  private readonly freePages: Buffer[] = [];
  private readonly named: LmdbTree[] = [];

  constructor(
    private readonly handle: number,
    private readonly file: string,
    private readonly meta: LatestMeta,
    private readonly endMs: number,
  ) {
    this.used = new Uint8Array(Math.floor(meta.lastPage / 8) + 1);
    this.used[0] = 0b11;
  }

  check(): void {
    const { free, main } = this.meta;
    const trees: [LmdbTree, TreeKind][] = [
      [free, 'free'],
      [main, 'main'],
    ];
    for (let tree = trees.shift(); tree !== undefined; tree = trees.shift()) {
      if (!this.tree(...tree)) break;
      while (this.named.length > 0) trees.push([this.named.pop() as LmdbTree, 'named']);
    }
    // Also after the time is over: what is known to be in use must not be given out again.
    for (const list of this.freePages) this.checkFree(list);
  }

  /** Answers whether the time was enough. */
  private tree(
    { root, depth, flags, branches, leaves, overflows, entries }: LmdbTree,
    kind: TreeKind,
  ): boolean {
    const found = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
    if (kind === 'named' && flags !== 0) throw this.damaged(root ?? 0, 'a database is of another kind');
    const open: OpenPage[] =
      root === undefined ? [] : [{ page: root, height: depth, from: undefined, end: undefined }];
    // Pages that lead to others come first, level by level.
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      if (performance.now() > this.endMs) return false;
      const { page, height, from, end } = next;
      const nodes = this.nodes(page, height > 1 ? BRANCH : LEAF);
      this.checkOrder(next, nodes, kind);
      if (height > 1) {
        found.branches++;
        nodes.forEach(({ child, key }, at) => {
          const below = { page: child, height: height - 1, from: at === 0 ? from : key };
          open.push({ ...below, end: nodes[at + 1]?.key ?? end });
        });
      } else {
        found.leaves++;
        found.entries += nodes.length;
        for (const node of nodes) found.overflows += this.entry(page, node, kind);
      }
    }
    const counted = found.branches === branches && found.leaves === leaves && found.entries === entries;
    if (!counted || found.overflows !== overflows)
      throw this.damaged(root ?? 0, 'what is below it is not all there');
    return true;
  }

  /** Checks an entry of a leaf. Answers how many pages of its own it has. */
  private entry(page: number, { isBig, isDatabase, dataBytes, data }: LmdbNode, kind: TreeKind): number {
    if (isDatabase !== (kind === 'main' && isDatabase))
      throw this.damaged(page, 'a database stands in another');
    if (isDatabase) this.named.push(this.database(page, data));
    if (!isBig) {
      if (kind === 'free') this.freePages.push(data);
      return 0;
    }
    const pages = overflowPages(dataBytes, this.meta.pageBytes);
    const first = Number(data.readBigUInt64LE(0));
    if (data.readBigUInt64LE(16) !== BigInt(pages))
      throw this.damaged(page, 'a large value has another length');
    // Before the walk over its pages: beyond 2^53 no number follows another.
    if (first + pages - 1 > this.meta.lastPage) throw this.damaged(first, 'there is no such page');
    const bytes = Buffer.alloc(kind === 'free' ? pages * this.meta.pageBytes : this.meta.pageBytes);
    for (let other = first; other < first + pages; other++) this.take(other);
    this.read(first, bytes);
    this.judged(first, () => checkOverflow(bytes, this.place(first), pages));
    if (kind === 'free') this.freePages.push(bytes.subarray(24, 24 + dataBytes));
    return pages;
  }

  private database(page: number, data: Buffer): LmdbTree {
    if (data.length !== 48) throw this.damaged(page, 'a database is described by something else');
    return readTree(data);
  }

  private checkOrder({ page, from, end }: OpenPage, nodes: readonly LmdbNode[], kind: TreeKind): void {
    const compare = kind === 'free' ? compareInts : compareBytes;
    let before = from;
    for (const [at, { key, child }] of nodes.entries()) {
      // The first key of a page that leads to others is empty.
      if (at === 0 && child !== 0) continue;
      const isFirst = at === 0 || before === from;
      const order = before === undefined ? 1 : compare(key, before);
      if (order < 0 || (order === 0 && !isFirst)) throw this.damaged(page, 'its keys are out of order');
      if (end !== undefined && compare(key, end) >= 0) throw this.damaged(page, 'its keys belong elsewhere');
      before = key;
    }
  }

  /** A list of free pages: how many numbers follow, and these. One below 0 says how many pages there are from the next on. */
  private checkFree(list: Buffer): void {
    const count = list.length < 8 ? 0 : Number(list.readBigInt64LE(0));
    if (count < 0 || 8 * (count + 1) > list.length)
      throw this.damaged(0, 'a list of free pages has another length');
    for (let at = 1; at <= count; at++) {
      const number = Number(list.readBigInt64LE(8 * at));
      const pages = number < 0 ? -number : 1;
      const first = number < 0 && at < count ? Number(list.readBigInt64LE(8 * ++at)) : Math.max(number, 0);
      if (first < 0 || pages > this.meta.lastPage || first + pages - 1 > this.meta.lastPage)
        throw this.damaged(first, 'it is said to be free, and is none');
      if (first === 0) continue;
      for (let page = first; page < first + pages; page++)
        if (this.isUsed(page)) throw this.damaged(page, 'it is said to be free, and is in use');
    }
  }

  private nodes(page: number, flags: typeof BRANCH | typeof LEAF): LmdbNode[] {
    this.take(page);
    const bytes = Buffer.alloc(this.meta.pageBytes);
    this.read(page, bytes);
    return this.judged(page, () => lmdbNodes(bytes, this.place(page), flags));
  }

  private judged<Result>(page: number, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (error instanceof BadPageError) throw this.damaged(page, error.message);
      throw error;
    }
  }

  private read(page: number, bytes: Buffer): void {
    const length = readSync(this.handle, bytes, 0, bytes.length, page * this.meta.pageBytes);
    if (length < bytes.length) throw this.damaged(page, 'it is not there');
  }

  private place(number: number): PagePlace {
    return { number, transactionMax: this.meta.transaction };
  }

  private take(page: number): void {
    if (page < 2 || page > this.meta.lastPage) throw this.damaged(page, 'there is no such page');
    if (this.isUsed(page)) throw this.damaged(page, 'it is in use twice');
    (this.used[page >>> 3] as number) |= 1 << (page & 7);
  }

  private isUsed(page: number): boolean {
    return ((this.used[page >>> 3] as number) & (1 << (page & 7))) !== 0;
  }

  private damaged(page: number, what: string): CorruptStoreError {
    return new CorruptStoreError(`The data file ${this.file} is damaged: page ${page}: ${what}`);
  }
}

function compareBytes(one: Buffer, other: Buffer): number {
  return one.compare(other);
}

function compareInts(one: Buffer, other: Buffer): number {
  if (one.length !== 8 || other.length !== 8) return -1;
  const difference = one.readBigUInt64LE(0) - other.readBigUInt64LE(0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
