import { equalHashes, HASH_BYTES, nodeHash, type Digest } from './tree-hash.js';

/**
 * Whether a leaf is in a tree, by the algorithm of RFC 9162, section 2.1.3.2.
 *
 * @param index Of the leaf, from 0.
 * @param size Of the tree, in leaves.
 * @param proof From the leaf's sibling up to the root's child.
 */
export function isIncluded(
  {
    index,
    size,
    leaf,
    proof,
  }: { index: number; size: number; leaf: Uint8Array; proof: readonly Uint8Array[] },
  root: Uint8Array,
  digest: Digest,
): boolean {
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return false;
  if (leaf.length !== HASH_BYTES) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash, digest);
      // A node without a sibling stands for its parent.
      while (node % 2 === 0 && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling, digest);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && equalHashes(hash, root);
}

/** A tree by its size, in leaves, and its root. */
export interface TreeHead {
  size: number;
  root: Uint8Array;
}

/**
 * Whether a tree begins with all leaves of an older one, by the algorithm of RFC 9162, section 2.1.4.2. Of
 * an empty one there is nothing to prove.
 */
export function isConsistent(
  older: TreeHead,
  newer: TreeHead,
  proof: readonly Uint8Array[],
  digest: Digest,
): boolean {
  if (!Number.isInteger(older.size) || !Number.isInteger(newer.size)) return false;
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && equalHashes(older.root, newer.root);
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined || proof.length === 0) return false;
  let node = older.size - 1;
  let last = newer.size - 1;
  while (node % 2 === 1) {
    node = half(node);
    last = half(last);
  }
  let olderHash = first;
  let newerHash = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      olderHash = nodeHash(sibling, olderHash, digest);
      newerHash = nodeHash(sibling, newerHash, digest);
      while (node % 2 === 0 && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      newerHash = nodeHash(newerHash, sibling, digest);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && equalHashes(olderHash, older.root) && equalHashes(newerHash, newer.root);
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && 2 ** Math.round(Math.log2(value)) === value;
}
