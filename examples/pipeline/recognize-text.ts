import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Worker as Thread } from 'node:worker_threads';
import { createWorker, OEM, type Worker } from 'tesseract.js';
import type { ReportProgress } from './breather.js';

/** What was read from an image. */
export interface RecognizedText {
  text: string;
  lines: number;
  words: number;
  /** How sure the engine is, 0 to 100. */
  confidence: number;
}

/** Where English lies in its package, as `eng.traineddata.gz`, so that nothing has to be fetched. */
const LANGUAGE_FOLDER = join(
  dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')),
  '4.0.0_best_int',
);

/**
 * Reads the English text in an image file with Tesseract, from packages on disk alone.
 *
 * @throws the system's error when the file can't be read, Error with the engine's own words when it is no image, and
 *   the signal's reason once it is aborted.
 */
export async function recognizeText(
  file: string,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<RecognizedText> {
  const image = await readFile(file);
  report(0, 100);
  // The engine never answers when it can't load its language, so that is made sure of before.
  await access(join(LANGUAGE_FOLDER, 'eng.traineddata.gz'));
  const worker = await createWorker('eng', OEM.LSTM_ONLY, {
    langPath: LANGUAGE_FOLDER,
    cacheMethod: 'none',
    logger: ({ status, progress }) => {
      if (status === 'recognizing text') report(Math.floor(progress * 100), 100);
    },
    // Without a handler of its own the engine throws a failure into the event loop, besides rejecting the call.
    errorHandler: () => {},
  });
  const cancelled = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([recognize(worker, image), cancelled]);
  } finally {
    await worker.terminate();
  }
}

async function recognize(worker: Worker, image: Buffer): Promise<RecognizedText> {
  // The types of tesseract.js do not tell of the thread that the engine runs in.
  const { worker: thread } = worker as unknown as { worker: Thread };
  const complaints = complaintsOf(thread);
  try {
    const { data } = await worker.recognize(image);
    const text = data.text.trim();
    return {
      text,
      lines: text === '' ? 0 : text.split('\n').length,
      words: text.match(/\S+/g)?.length ?? 0,
      confidence: Math.round(data.confidence),
    };
  } catch (reason) {
    // All that the thread wrote before it gave up has arrived once it is gone.
    const gone = once(thread, 'exit');
    await worker.terminate();
    await gone;
    const [first] = complaints.join('').split('\n');
    throw new Error(String(reason).replace(/^Error: /, '') + (first ? ` (${first})` : ''));
  }
}

/**
 * What the engine's thread writes to its standard error: the true reasons, which its errors leave out. They are
 * collected instead of passed on to the terminal.
 */
function complaintsOf({ stderr }: Thread): string[] {
  const complaints: string[] = [];
  stderr.unpipe(process.stderr);
  stderr.on('data', (chunk: Buffer) => complaints.push(String(chunk))).resume();
  return complaints;
}
