import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import MiniSearch, { type Options } from 'minisearch';
import { Breather, type ReportProgress } from './breather.js';
import type { SourceDocument } from './crawl.js';

/** An entry of the index: a document under its path. */
interface Entry {
  id: string;
  text: string;
}

/** A full-text index over documents. */
export type FullTextIndex = MiniSearch<Entry>;

const OPTIONS: Options<Entry> = {
  fields: ['id', 'text'],
  tokenize: termsOf,
  processTerm: (term) => term,
  searchOptions: { boost: { id: 2 } },
};

/** The terms of a text: its words in lower case, 2 to 32 characters, with at least one letter. */
export function termsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => word.length >= 2 && word.length <= 32 && /\p{L}/u.test(word));
}

/**
 * Indexes documents and saves the index to a file, as a whole or not at all.
 *
 * @throws the system's error when the file can't be written, and the signal's reason once it is aborted.
 */
export async function buildIndex(
  documents: SourceDocument[],
  file: string,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<{ documents: number; terms: number; index_file: string; index_bytes: number }> {
  const index: FullTextIndex = new MiniSearch(OPTIONS);
  // Saving the index is a step like adding a document.
  const total = documents.length + 1;
  const breather = new Breather();
  for (const [at, { path, text }] of documents.entries()) {
    index.add({ id: path, text });
    report(at + 1, total);
    if (breather.due()) await breather.rest(signal);
  }
  const json = JSON.stringify(index);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, json);
  await rename(`${file}.new`, file);
  report(total, total);
  return {
    documents: index.documentCount,
    terms: index.termCount,
    index_file: file,
    index_bytes: Buffer.byteLength(json),
  };
}

/** Opens an index that `buildIndex` saved. @throws the system's error, or SyntaxError when the file is no such index. */
export async function openIndex(file: string): Promise<FullTextIndex> {
  return MiniSearch.loadJSONAsync(await readFile(file, 'utf8'), OPTIONS);
}
