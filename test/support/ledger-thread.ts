import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const SCRIPT = new URL('write-ledger-in-thread.mjs', import.meta.url);

const WRITE_WAIT_MS_MAX = 10_000;

/** A thread of this process that writes to a ledger's folder (see `write-ledger-in-thread.mjs`; it needs the build). */
export class LedgerThread {
  readonly #worker: Worker;
  /** The last position that it has written. */
  readonly #written: Int32Array;

  private constructor(worker: Worker, written: Int32Array) {
    this.#worker = worker;
    this.#written = written;
  }

  static async start(folder: string): Promise<LedgerThread> {
    const written = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(SCRIPT, { workerData: { folder, written } });
    await once(worker, 'message');
    return new LedgerThread(worker, written);
  }

  /**
   * Makes a stream with so many events; answers the last position. One call at a time. They are on disk when the call
   * returns: this thread stands still until then, so that no turn of its event loop ends.
   */
  append(stream: string, count: number): Promise<string> {
    const before = Atomics.load(this.#written, 0);
    this.#worker.postMessage([stream, count]);
    Atomics.wait(this.#written, 0, before, WRITE_WAIT_MS_MAX);
    return once(this.#worker, 'message').then(([position]) => position as string);
  }

  /** Closes its ledger and waits until the thread is gone. */
  async end(): Promise<void> {
    const gone = once(this.#worker, 'exit');
    this.#worker.postMessage('end');
    await gone;
  }
}
