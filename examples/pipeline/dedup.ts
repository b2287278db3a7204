import { Breather, type ReportProgress } from './breather.js';
import type { SourceDocument } from './crawl.js';
import { BANDS, bandMates, signature, similarity, wordShingles } from './min-hash.js';

/** From which similarity on two documents are near duplicates. */
export const NEAR_SIMILARITY_MIN = 0.8;

const EXAMPLES_MAX = 10;
const EXAMPLE_PATHS_MAX = 5;

/** What is found of documents that are the same or nearly so. */
export interface Duplicates {
  documents: number;
  distinct: number;
  exact: {
    groups: number;
    superfluous: number;
    superfluous_bytes: number;
    examples: { files: number; paths: string[] }[];
  };
  near: {
    similarity_min: number;
    groups: number;
    documents: number;
    examples: { similarity: number; files: number; paths: string[] }[];
  };
}

/** The documents of equal content, in groups of one or more, in the order of their first. */
export function exactGroups(documents: SourceDocument[]): SourceDocument[][] {
  const groups = new Map<string, SourceDocument[]>();
  for (const document of documents) {
    const group = groups.get(document.sha256);
    if (group === undefined) groups.set(document.sha256, [document]);
    else group.push(document);
  }
  return [...groups.values()];
}

/**
 * Finds exact duplicates by SHA-256, and near duplicates among the rest by MinHash; each near pair's true similarity is
 * computed before it counts. A near group hangs together pair by pair.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function findDuplicates(
  documents: SourceDocument[],
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Duplicates> {
  const groups = exactGroups(documents);
  const distinct = groups.map(([first]) => first as SourceDocument);
  const total = distinct.length + BANDS;
  const breather = new Breather();
  const shingles: Uint32Array[] = [];
  const signatures: Uint32Array[] = [];
  for (const [at, { text }] of distinct.entries()) {
    const set = wordShingles(text);
    shingles.push(set);
    signatures.push(signature(set));
    report(at + 1, total);
    if (breather.due()) await breather.rest(signal);
  }
  const near = new NearGroups(distinct.length);
  for (let band = 0; band < BANDS; band++) {
    for (const mates of bandMates(signatures, band)) {
      for (const [at, a] of mates.entries()) {
        for (const b of mates.slice(at + 1)) {
          if (near.together(a, b)) continue;
          const share = similarity(shingles[a] as Uint32Array, shingles[b] as Uint32Array);
          if (share >= NEAR_SIMILARITY_MIN) near.join(a, b, share);
          if (breather.due()) await breather.rest(signal);
        }
      }
    }
    report(distinct.length + band + 1, total);
  }
  return {
    documents: documents.length,
    distinct: distinct.length,
    exact: exact(groups),
    near: near.result(distinct),
  };
}

function exact(groups: SourceDocument[][]): Duplicates['exact'] {
  const doubled = groups.filter((group) => group.length > 1).sort((a, b) => b.length - a.length);
  const sum = (of: (group: SourceDocument[]) => number): number =>
    doubled.reduce((all, group) => all + of(group), 0);
  return {
    groups: doubled.length,
    superfluous: sum((group) => group.length - 1),
    superfluous_bytes: sum((group) => (group.length - 1) * (group[0] as SourceDocument).bytes),
    examples: doubled.slice(0, EXAMPLES_MAX).map((group) => ({ files: group.length, paths: pathsOf(group) })),
  };
}

function pathsOf(documents: SourceDocument[]): string[] {
  return documents.slice(0, EXAMPLE_PATHS_MAX).map(({ path }) => path);
}

/** Which documents belong together, pair by pair (a union-find forest), and the least similarity that joined them. */
class NearGroups {
  readonly #parents: number[];
  readonly #similarity = new Map<number, number>();

  constructor(size: number) {
    this.#parents = Array.from({ length: size }, (_, at) => at);
  }

  together(a: number, b: number): boolean {
    return this.#root(a) === this.#root(b);
  }

  join(a: number, b: number, share: number): void {
    const [root, other] = [this.#root(a), this.#root(b)];
    this.#parents[other] = root;
    this.#similarity.set(
      root,
      Math.min(share, this.#similarity.get(root) ?? 1, this.#similarity.get(other) ?? 1),
    );
  }

  result(documents: SourceDocument[]): Duplicates['near'] {
    const groups = new Map<number, SourceDocument[]>();
    documents.forEach((document, at) => {
      const root = this.#root(at);
      groups.set(root, [...(groups.get(root) ?? []), document]);
    });
    const joined = [...groups]
      .filter(([, group]) => group.length > 1)
      .sort(([, a], [, b]) => b.length - a.length);
    return {
      similarity_min: NEAR_SIMILARITY_MIN,
      groups: joined.length,
      documents: joined.reduce((all, [, group]) => all + group.length, 0),
      examples: joined.slice(0, EXAMPLES_MAX).map(([root, group]) => ({
        similarity: Number(this.#similarity.get(root)?.toFixed(3)),
        files: group.length,
        paths: pathsOf(group),
      })),
    };
  }

  #root(of: number): number {
    let at = of;
    for (let parent = this.#parents[at] as number; parent !== at; parent = this.#parents[at] as number)
      at = parent;
    this.#parents[of] = at;
    return at;
  }
}
