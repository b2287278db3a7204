import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work may hold the event loop before it lets requests, reports and cancels through. */
const SLICE_MS = 15;

/** Cuts long work into slices: `if (breather.due()) await breather.rest(signal)` belongs into its innermost loop. */
export class Breather {
  #sliceEnd = performance.now() + SLICE_MS;

  /** Whether the slice is used up. */
  due(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Lets everything else have its turn. @throws the signal's reason once it is aborted. */
  async rest(signal: AbortSignal): Promise<void> {
    await nextTurn();
    signal.throwIfAborted();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}

/** What a step reports: how many of its steps are done, out of how many. */
export type ReportProgress = (progress: number, total: number) => void;
