import { Breather, type ReportProgress } from './breather.js';
import type { SourceDocument } from './crawl.js';
import { mix, similarity, sortedSet } from './min-hash.js';

/** How many characters in a row are compared. */
export const SHINGLE_CHARACTERS = 8;

/** How much of each document is compared. */
export const COMPARED_CHARACTERS_MAX = 16_384;

/** The most similar pairs of all. */
export interface ThoroughComparison {
  pairs: number;
  most_similar: { similarity: number; paths: [string, string] }[];
}

const MOST_SIMILAR_MAX = 20;

/**
 * Compares each document with each other, character by character: slow on purpose, n·(n − 1)/2 comparisons. It works
 * in short slices and stops in the middle once the signal is aborted.
 *
 * @param atHalf Awaited once half of the pairs are compared.
 * @throws the signal's reason once it is aborted.
 */
export async function compareAllPairs(
  documents: SourceDocument[],
  report: ReportProgress,
  signal: AbortSignal,
  atHalf: () => Promise<void> = () => Promise.resolve(),
): Promise<ThoroughComparison> {
  const total = (documents.length * (documents.length - 1)) / 2;
  const half = Math.ceil(total / 2);
  const breather = new Breather();
  report(0, total);
  const sets: Uint32Array[] = [];
  for (const { text } of documents) {
    sets.push(characterShingles(text.slice(0, COMPARED_CHARACTERS_MAX)));
    if (breather.due()) await breather.rest(signal);
  }
  const best: ThoroughComparison['most_similar'] = [];
  let compared = 0;
  for (let a = 1; a < sets.length; a++) {
    for (let b = 0; b < a; b++) {
      const share = similarity(sets[a] as Uint32Array, sets[b] as Uint32Array);
      keepBest(best, share, [(documents[a] as SourceDocument).path, (documents[b] as SourceDocument).path]);
      report(++compared, total);
      if (compared === half) await atHalf();
      if (compared === half || breather.due()) await breather.rest(signal);
    }
  }
  return { pairs: total, most_similar: best };
}

function keepBest(best: ThoroughComparison['most_similar'], share: number, paths: [string, string]): void {
  if (best.length === MOST_SIMILAR_MAX && share <= (best.at(-1)?.similarity ?? 0)) return;
  best.push({ similarity: share, paths });
  best.sort((a, b) => b.similarity - a.similarity);
  best.splice(MOST_SIMILAR_MAX);
}

/** The set of a text's runs of `SHINGLE_CHARACTERS` code units, each as a 32-bit hash, sorted. */
export function characterShingles(text: string): Uint32Array {
  const size = Math.min(SHINGLE_CHARACTERS, text.length);
  const hashes = new Uint32Array(size === 0 ? 0 : text.length - size + 1);
  for (let at = 0; at < hashes.length; at++) {
    let hash = 0;
    for (let unit = at; unit < at + size; unit++) hash = mix(hash ^ text.charCodeAt(unit));
    hashes[at] = hash;
  }
  return sortedSet(hashes);
}
