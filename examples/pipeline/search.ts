import type { SearchOptions } from 'minisearch';
import type { ReportProgress } from './breather.js';
import type { FullTextIndex } from './full-text-index.js';

const HITS_MAX = 10;
const TERMS_MAX = 8;

/** The passes of a search, from strict to lenient: a document counts for the first one that finds it. */
const PASSES: { name: string; options: SearchOptions }[] = [
  { name: 'all words', options: { combineWith: 'AND' } },
  { name: 'beginnings of words', options: { combineWith: 'AND', prefix: true } },
  { name: 'similar words', options: { combineWith: 'AND', fuzzy: 0.2 } },
];

/** What a search found. */
export interface SearchResult {
  hits: number;
  by_pass: Record<string, number>;
  best: { path: string; score: number; pass: string; terms: string[] }[];
}

/** Searches an index in three passes, each one step of progress. */
export function search(index: FullTextIndex, query: string, report: ReportProgress): SearchResult {
  const best: SearchResult['best'] = [];
  const seen = new Set<string>();
  const byPass: Record<string, number> = {};
  for (const [at, { name, options }] of PASSES.entries()) {
    const fresh = index.search(query, options).filter(({ id }) => !seen.has(id as string));
    byPass[name] = fresh.length;
    for (const { id, score, terms } of fresh) {
      seen.add(id as string);
      if (best.length === HITS_MAX) continue;
      best.push({
        path: id as string,
        score: Number(score.toFixed(2)),
        pass: name,
        terms: terms.slice(0, TERMS_MAX),
      });
    }
    report(at + 1, PASSES.length);
  }
  return { hits: seen.size, by_pass: byPass, best };
}
