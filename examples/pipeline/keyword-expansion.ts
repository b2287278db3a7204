import { Breather, type ReportProgress } from './breather.js';
import type { FullTextIndex } from './full-text-index.js';

const RELATED_MAX = 12;
const SPELLINGS_MAX = 12;

/** A keyword with the terms that may be searched for as well. */
export interface ExpandedKeyword {
  keyword: string;
  /** In how many documents it stands. */
  documents: number;
  /** Terms of the index that begin with it or are spelled nearly so, best first. */
  spellings: string[];
  /** Terms that stand in the same documents more often than chance would have it, best first. */
  related: { term: string; together: number; score: number }[];
}

/** Which terms stand in which documents, for counting what occurs together. */
export class Cooccurrence {
  readonly #documentsOf = new Map<string, number>();

  /** @param termSets The different terms of each document. */
  constructor(private readonly termSets: ReadonlySet<string>[]) {
    for (const terms of termSets) {
      for (const term of terms) this.#documentsOf.set(term, (this.#documentsOf.get(term) ?? 0) + 1);
    }
  }

  /** In how many documents a term stands. */
  documentsOf(term: string): number {
    return this.#documentsOf.get(term) ?? 0;
  }

  /**
   * The terms that occur with a keyword more often than chance would have it, by normalized pointwise mutual information
   * (Bouma, 2009): 0 as by chance, 1 only ever together. Terms in fewer than a fifth of the keyword's documents, or
   * fewer than two, prove nothing and are left out.
   */
  related(keyword: string): ExpandedKeyword['related'] {
    const together = new Map<string, number>();
    for (const terms of this.termSets) {
      if (!terms.has(keyword)) continue;
      for (const term of terms) together.set(term, (together.get(term) ?? 0) + 1);
    }
    together.delete(keyword);
    const documents = this.termSets.length;
    const togetherMin = Math.max(2, this.documentsOf(keyword) / 5);
    const scored = [...together]
      .filter(([, count]) => count >= togetherMin)
      .map(([term, count]) => {
        const expected = (this.documentsOf(keyword) * this.documentsOf(term)) / documents;
        // Both in all documents is no information, and would be nothing divided by nothing.
        const score = count === documents ? 0 : Math.log2(count / expected) / Math.log2(documents / count);
        return { term, together: count, score: Number(score.toFixed(3)) };
      })
      .filter(({ score }) => score > 0);
    return scored.sort((a, b) => b.score - a.score || (a.term < b.term ? -1 : 1)).slice(0, RELATED_MAX);
  }
}

/** Expands keywords one by one, each one step of progress. @throws the signal's reason once it is aborted. */
export async function expandKeywords(
  keywords: string[],
  cooccurrence: Cooccurrence,
  index: FullTextIndex,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<ExpandedKeyword[]> {
  const expanded: ExpandedKeyword[] = [];
  const breather = new Breather();
  for (const [at, given] of keywords.entries()) {
    const keyword = given.toLowerCase();
    expanded.push({
      keyword,
      documents: cooccurrence.documentsOf(keyword),
      spellings: spellings(index, keyword),
      related: cooccurrence.related(keyword),
    });
    report(at + 1, keywords.length);
    if (breather.due()) await breather.rest(signal);
  }
  return expanded;
}

function spellings(index: FullTextIndex, keyword: string): string[] {
  const found = new Set<string>();
  for (const { terms } of index.search(keyword, { prefix: true, fuzzy: 0.2 })) {
    for (const term of terms) if (term !== keyword) found.add(term);
    if (found.size >= SPELLINGS_MAX) break;
  }
  return [...found].slice(0, SPELLINGS_MAX);
}
