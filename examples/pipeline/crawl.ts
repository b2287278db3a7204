import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { opendir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Breather, type ReportProgress } from './breather.js';

/** Where a crawl ends, however large the folder is. */
export const CRAWL_LIMITS = {
  filesMax: 2_000,
  bytesMax: 64 * 1024 * 1024,
  fileBytesMax: 1024 * 1024,
  entriesMax: 500_000,
};

/** A file that was read. */
export interface SourceDocument {
  /** Relative to the folder, with `/`. */
  path: string;
  bytes: number;
  modified: string;
  sha256: string;
  text: string;
}

/** The documents of a folder and what a crawl tells about them. */
export interface Crawl {
  documents: SourceDocument[];
  result: {
    files: number;
    bytes: number;
    words: number;
    by_extension: Record<string, number>;
    newest: { path: string; modified: string } | null;
    largest: { path: string; bytes: number }[];
    left_out: Record<string, number>;
  };
}

/**
 * Reads the documentation files of a folder and all folders in it, in the order of their names, files before
 * folders; hidden folders and links are passed by. A file that is too large, no UTF-8 text or can't be read is left out and counted.
 *
 * @throws the system's error when the folder itself can't be read, and the signal's reason once it is aborted.
 */
export async function crawl(folder: string, report: ReportProgress, signal: AbortSignal): Promise<Crawl> {
  const leftOut: Record<string, number> = {};
  const leave = (why: string): void => void (leftOut[why] = (leftOut[why] ?? 0) + 1);
  const paths = await findFiles(folder, leave, signal);
  report(0, paths.length);
  const documents: SourceDocument[] = [];
  const breather = new Breather();
  let bytes = 0;
  for (const [at, path] of paths.entries()) {
    const read = await readDocument(folder, path, bytes);
    if (typeof read === 'string') leave(read);
    else {
      documents.push(read);
      bytes += read.bytes;
    }
    report(at + 1, paths.length);
    if (breather.due()) await breather.rest(signal);
  }
  return { documents, result: { ...summary(documents), bytes, left_out: leftOut } };
}

function summary(documents: SourceDocument[]): Omit<Crawl['result'], 'bytes' | 'left_out'> {
  const byExtension: Record<string, number> = {};
  let words = 0;
  let newest: SourceDocument | undefined;
  for (const document of documents) {
    const extension = extname(document.path).toLowerCase() || '(none)';
    byExtension[extension] = (byExtension[extension] ?? 0) + 1;
    words += document.text.match(/\S+/g)?.length ?? 0;
    if (newest === undefined || document.modified > newest.modified) newest = document;
  }
  const largest = documents.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5);
  return {
    files: documents.length,
    words,
    by_extension: byExtension,
    newest: newest === undefined ? null : { path: newest.path, modified: newest.modified },
    largest: largest.map(({ path, bytes }) => ({ path, bytes })),
  };
}

/** Whether a file is documentation, by its name: texts, and the files that have no extension by custom. */
export function isDocumentation(name: string): boolean {
  return (
    /\.(md|markdown|mdx|txt|rst|adoc)$/i.test(name) ||
    /^(readme|licen[cs]e|notice|changelog|history|authors|contributing|copying)(-[\w-]+)?$/i.test(name)
  );
}

async function findFiles(
  folder: string,
  leave: (why: string) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  let entries = 0;
  const walk = async (current: string): Promise<void> => {
    signal.throwIfAborted();
    const files: string[] = [];
    const folders: string[] = [];
    for await (const entry of await opendir(current)) {
      if (++entries > CRAWL_LIMITS.entriesMax) return;
      if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(entry.name);
      else if (entry.isFile() && isDocumentation(entry.name)) files.push(entry.name);
    }
    for (const name of files.sort()) {
      if (found.length < CRAWL_LIMITS.filesMax) found.push(join(current, name));
      else leave('beyond the limit of files');
    }
    for (const name of folders.sort()) {
      await walk(join(current, name)).catch((error: unknown) => {
        signal.throwIfAborted();
        if ((error as { code?: string }).code === undefined) throw error;
        leave('unreadable folder');
      });
    }
  };
  await walk(folder);
  return found;
}

/** Reads one file; answers why not when it is left out. */
async function readDocument(
  folder: string,
  path: string,
  bytesBefore: number,
): Promise<SourceDocument | string> {
  try {
    const { size, mtime } = await stat(path);
    if (size > CRAWL_LIMITS.fileBytesMax) return 'too large';
    if (bytesBefore + size > CRAWL_LIMITS.bytesMax) return 'beyond the limit of bytes';
    const content = await readFile(path);
    if (!isUtf8(content) || content.includes(0)) return 'no UTF-8 text';
    return {
      path: relative(folder, path).split(sep).join('/'),
      bytes: content.length,
      modified: mtime.toISOString(),
      sha256: createHash('sha256').update(content).digest('hex'),
      text: content.toString('utf8'),
    };
  } catch {
    return 'unreadable';
  }
}
