import { foldSubtrees, TreeEdge } from './tree-edge.js';
import type { Digest } from './tree-hash.js';

/** The leaves that a node of a tree stands over: from `start` on, up to `end`, that one not included. */
interface Span {
  start: number;
  end: number;
}

/**
 * Gathers the nodes that proofs in a tree are made of, while the leaves go by once. It keeps these nodes and the tree's right
 * edge, and nothing else.
 */
export class ProofNodes {
  private readonly edge: TreeEdge;
  /** The whole subtrees that are wanted, by their spans; `undefined` until their last leaf has come. */
  private readonly wanted = new Map<string, Uint8Array | undefined>();

  /** @param size Of the tree that proofs are for: leaves beyond it are none of its. */
  constructor(
    readonly size: number,
    private readonly digest: Digest,
  ) {
    this.edge = TreeEdge.empty(digest);
  }

  /** The root, once all leaves have come. */
  root(): Uint8Array {
    return this.edge.root();
  }

  /** Has the nodes kept of which the proof is made that a leaf is in the tree. To be asked for before any leaf comes. */
  wantInclusion(index: number): void {
    inclusionSpans(index, { start: 0, end: this.size }).forEach((span) => this.want(span));
  }

  /** As `wantInclusion`, for the proof that the tree begins with one of a smaller size. */
  wantConsistency(olderSize: number): void {
    consistencySpans(olderSize, { start: 0, end: this.size }, true).forEach((span) => this.want(span));
  }

  /** Takes the next leaf, by its hash. Answers whether the tree has all its leaves. */
  take(leaf: Uint8Array): boolean {
    if (this.edge.size < this.size) {
      this.edge.append(leaf, (start, leaves, hash) => {
        const name = nameOf({ start, end: start + leaves });
        if (this.wanted.has(name)) this.wanted.set(name, hash);
      });
    }
    return this.edge.size === this.size;
  }

  /** The proof that a leaf is in the tree (RFC 6962, section 2.1.1), from its sibling up. */
  inclusion(index: number): Uint8Array[] {
    return inclusionSpans(index, { start: 0, end: this.size }).map((span) => this.hashOf(span));
  }

  /** The proof that the tree begins with one of a smaller size (RFC 6962, section 2.1.2). */
  consistency(olderSize: number): Uint8Array[] {
    return consistencySpans(olderSize, { start: 0, end: this.size }, true).map((span) => this.hashOf(span));
  }

  private want(span: Span): void {
    for (const part of wholeParts(span)) this.wanted.set(nameOf(part), undefined);
  }

  private hashOf(span: Span): Uint8Array {
    const hashes = wholeParts(span).map((part) => {
      const hash = this.wanted.get(nameOf(part));
      if (hash === undefined)
        throw new Error(`The leaves ${nameOf(part)} were not asked for, or have not come`);
      return hash;
    });
    return foldSubtrees(hashes, this.digest);
  }
}

/** What PATH(m, D[n]) of RFC 6962, section 2.1.1, is made of. */
function inclusionSpans(index: number, { start, end }: Span): Span[] {
  if (end - start <= 1) return [];
  const split = start + leftLeaves(end - start);
  const left = { start, end: split };
  const right = { start: split, end };
  return index < split ? [...inclusionSpans(index, left), right] : [...inclusionSpans(index, right), left];
}

/**
 * What SUBPROOF(m, D[n], b) of RFC 6962, section 2.1.2, is made of.
 *
 * @param isOld Whether what stands over the span is the whole older tree, whose root whoever checks has.
 */
function consistencySpans(olderEnd: number, { start, end }: Span, isOld: boolean): Span[] {
  if (olderEnd === end) return isOld ? [] : [{ start, end }];
  if (olderEnd === 0) return [];
  const split = start + leftLeaves(end - start);
  const left = { start, end: split };
  const right = { start: split, end };
  if (olderEnd <= split) return [...consistencySpans(olderEnd, left, isOld), right];
  return [...consistencySpans(olderEnd, right, false), left];
}

/** The largest power of two below a number of 2 or more. */
function leftLeaves(leaves: number): number {
  let left = 1;
  while (left * 2 < leaves) left *= 2;
  return left;
}

/** The whole subtrees that a node's leaves are made of, the largest first: one, unless it stands at the right edge. */
function wholeParts({ start, end }: Span): Span[] {
  const parts: Span[] = [];
  for (let at = start; at < end;) {
    let leaves = 1;
    while (leaves * 2 <= end - at) leaves *= 2;
    parts.push({ start: at, end: at + leaves });
    at += leaves;
  }
  return parts;
}

function nameOf({ start, end }: Span): string {
  return `${start}–${end}`;
}
