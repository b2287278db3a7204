import { emptyRoot, HASH_BYTES, nodeHash, TREE_SIZE_MAX, type Digest } from './tree-hash.js';

/** Is told of each whole subtree, of `leaves` leaves, a power of two, when its last leaf has come. */
export type WholeSubtree = (start: number, leaves: number, hash: Uint8Array) => void;

/**
 * The right edge of a Merkle tree (RFC 6962, section 2.1): the hashes of the whole subtrees that it is made of, the largest
 * first, one for each bit of its size. It suffices to go on with the tree and to say its root; whoever has it needs no leaf
 * again.
 */
export class TreeEdge {
  private constructor(
    private readonly digest: Digest,
    private leaves: number,
    private readonly subtrees: Uint8Array[],
  ) {}

  /** The edge of a tree without leaves. */
  static empty(digest: Digest): TreeEdge {
    return new TreeEdge(digest, 0, []);
  }

  /**
   * The edge that was kept of a tree. That it is the one of a root is for the caller to compare.
   *
   * @param hashes As `hashes` gave them.
   * @returns `undefined` when a tree of this size has no such edge.
   */
  static of(size: number, hashes: readonly Uint8Array[], digest: Digest): TreeEdge | undefined {
    if (!Number.isInteger(size) || size < 0 || size > TREE_SIZE_MAX) return undefined;
    if (hashes.length !== subtreesOf(size) || hashes.some(({ length }) => length !== HASH_BYTES))
      return undefined;
    return new TreeEdge(digest, size, [...hashes]);
  }

  /** How many leaves the tree has. */
  get size(): number {
    return this.leaves;
  }

  /** The hashes of its whole subtrees, the largest first. */
  get hashes(): readonly Uint8Array[] {
    return this.subtrees;
  }

  /** Adds the next leaf, by its hash. */
  append(leaf: Uint8Array, whole?: WholeSubtree): void {
    let hash = leaf;
    let start = this.leaves;
    let leaves = 1;
    whole?.(start, leaves, hash);
    // Each subtree of the same size to its left makes one of twice the size with it.
    while (Math.floor(this.leaves / leaves) % 2 === 1) {
      hash = nodeHash(this.subtrees.pop() as Uint8Array, hash, this.digest);
      start -= leaves;
      leaves *= 2;
      whole?.(start, leaves, hash);
    }
    this.subtrees.push(hash);
    this.leaves++;
  }

  /** The root of the tree as it is now. */
  root(): Uint8Array {
    return this.leaves === 0 ? emptyRoot(this.digest) : foldSubtrees(this.subtrees, this.digest);
  }

  /** The edge as it is now, to go on with beside this one. */
  copy(): TreeEdge {
    return new TreeEdge(this.digest, this.leaves, [...this.subtrees]);
  }
}

/** The hash over whole subtrees that stand side by side, the largest first: those of one edge, or a part to its right. */
export function foldSubtrees(hashes: readonly Uint8Array[], digest: Digest): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHash(left, right, digest));
}

/** How many whole subtrees a tree is made of: the bits that are set in its size. */
function subtreesOf(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
