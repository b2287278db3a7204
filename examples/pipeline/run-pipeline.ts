import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  TaskledgerClient,
  type JsonObject,
  type ReportedTask,
  type TaskDetail,
  type TaskRun,
} from '../../clients/typescript/src/index.js';
import type { ReportProgress } from './breather.js';
import { crawl, type SourceDocument } from './crawl.js';
import { exactGroups, findDuplicates } from './dedup.js';
import { buildIndex, openIndex, termsOf } from './full-text-index.js';
import { Cooccurrence, expandKeywords } from './keyword-expansion.js';
import { PROJECT_ROOT } from './project-root.js';
import { recognizeText } from './recognize-text.js';
import { search } from './search.js';
import { shownTask } from './shown-task.js';
import { compareAllPairs } from './thorough-comparison.js';

/** What a run of the pipeline works on and whom it tells. */
export interface PipelineOptions {
  /** Where Taskledger is. */
  url: string;
  /** The folder whose documentation is worked on. */
  folder: string;
  /** Where the index is saved, in a folder of its own. */
  dataFolder: string;
  keywords?: string[];
  queries?: string[];
  /** Is told of each task that ended, in one line. */
  log: (line: string) => void;
}

const PROJECT_ID = 1;
const KEYWORDS = ['stream', 'license', 'promise', 'cache', 'database'];
const QUERIES = [
  'permission is hereby granted',
  'event stream backpressure',
  'memory mapped database',
  'asynchronus iterater',
];
const IMAGES = ['scan.png', 'broken-scan.png'];

/** The share of the long task that is done when its user loses patience. */
const CANCEL_AT_SHARE = 0.05;

/** How long the long task waits to hear of its cancel. */
const CANCEL_WAIT_MS_MAX = 30_000;

/**
 * Runs the whole pipeline once, each step as a task with a key of its own, `demo/<run>/<step>`.
 *
 * @returns the tasks as they ended, in their order; one has failed, since an image is broken, and one was
 *   cancelled while it ran.
 * @throws what the client throws, and Error when the folder could not be crawled.
 */
export async function runPipeline(options: PipelineOptions): Promise<TaskDetail[]> {
  const { url, folder, log } = options;
  const ledger = new TaskledgerClient({ url, source: '/examples/pipeline' });
  const run = `${new Date().toISOString().slice(0, 19)}Z-${randomBytes(2).toString('hex')}`;
  const runs: TaskRun[] = [];

  const step = async (
    name: string,
    taskType: string,
    params: JsonObject,
    work: (report: ReportProgress, signal: AbortSignal, task: ReportedTask) => Promise<object>,
  ): Promise<TaskRun> => {
    const ended = await ledger.run(
      { projectId: PROJECT_ID, taskType, key: `demo/${run}/${name}`, params },
      (task) => {
        const report: ReportProgress = (progress, total) => task.progress(progress, { total });
        return work(report, task.signal, task);
      },
    );
    runs.push(ended);
    const why = ended.status === 'failed' ? `: ${(ended.error as Error).message}` : '';
    log(`task ${ended.id}, ${name}: ${ended.status}${why}`);
    return ended;
  };

  let documents: SourceDocument[] = [];
  const crawled = await step('crawl', 'crawl', { folder }, async (report, signal) => {
    const found = await crawl(folder, report, signal);
    documents = found.documents;
    return found.result;
  });
  if (crawled.status !== 'completed')
    throw new Error(`Nothing to work on: the crawl of ${folder} ended ${crawled.status}`);

  await step('dedup', 'dedup', { method: 'sha256, minhash' }, (report, signal) =>
    findDuplicates(documents, report, signal),
  );

  const indexFile = join(options.dataFolder, 'example-pipeline', 'index.json');
  await step('index', 'index', { index_file: indexFile }, (report, signal) =>
    buildIndex(documents, indexFile, report, signal),
  );

  const keywords = options.keywords ?? KEYWORDS;
  await step('keyword-expand', 'keyword_expand', { keywords }, async (report, signal) => {
    const cooccurrence = new Cooccurrence(documents.map(({ text }) => new Set(termsOf(text))));
    return {
      keywords: await expandKeywords(keywords, cooccurrence, await openIndex(indexFile), report, signal),
    };
  });

  for (const [at, query] of (options.queries ?? QUERIES).entries()) {
    await step(`search-${at + 1}`, 'search', { query }, async (report) =>
      search(await openIndex(indexFile), query, report),
    );
  }

  for (const image of IMAGES) {
    const file = join(PROJECT_ROOT, 'examples/pipeline', image);
    await step(`ocr-${image}`, 'ocr', { file: image, language: 'eng' }, (report, signal) =>
      recognizeText(file, report, signal),
    );
  }

  const distinct = exactGroups(documents).map(([first]) => first as SourceDocument);
  await step('compare-all', 'dedup', { method: 'all pairs' }, async (report, signal, task) => {
    const cancelling = cancelOnceMoving(ledger, idOf(task));
    cancelling.catch(() => {});
    // However small the folder is, the second half is not begun before the cancel was heard of.
    return compareAllPairs(distinct, report, signal, async () => {
      await cancelling;
      if (!signal.aborted) await once(signal, 'abort', { signal: AbortSignal.timeout(CANCEL_WAIT_MS_MAX) });
    });
  });
  const tasks = await Promise.all(
    runs.map((ended) => shownTask(ledger, idOf(ended), ({ status }) => status === ended.status)),
  );
  await ledger.close();
  return tasks;
}

/** Plays the user who sees a task take too long: waits until it has come some way and cancels it. */
async function cancelOnceMoving(ledger: TaskledgerClient, id: number): Promise<void> {
  await shownTask(ledger, id, ({ progress, total }) => progress > 0 && progress >= total * CANCEL_AT_SHARE);
  await ledger.cancel(id, { reason: 'It takes too long' });
}

/** The pipeline is here to be seen, so it does not go on without Taskledger. */
function idOf({ id }: { id: number | undefined }): number {
  if (id === undefined) throw new Error('Taskledger is away');
  return id;
}
