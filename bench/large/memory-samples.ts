import { setTimeout as delay } from 'node:timers/promises';
import { neededKilobytes } from '../process-usage.js';

/** Seldom enough: for each sample Linux looks at every page that the process has. */
const EVERY_MS = 1_000;

/** Looks again and again at how much memory a process needs, until it is told to end. */
export class MemorySamples {
  private readonly kilobytes: number[] = [];
  private readonly ending = new AbortController();
  private readonly ended: Promise<void>;

  private constructor(private readonly pid: number | undefined) {
    this.ended = this.run();
  }

  static take(pid: number | undefined): MemorySamples {
    return new MemorySamples(pid);
  }

  /** All samples, in kilobytes; the last one is of now. @throws Error when the process has ended. */
  async end(): Promise<number[]> {
    this.ending.abort();
    await this.ended;
    this.kilobytes.push(await neededKilobytes(this.pid));
    return this.kilobytes;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    try {
      for (;;) {
        await delay(EVERY_MS, undefined, { signal });
        this.kilobytes.push(await neededKilobytes(this.pid));
      }
    } catch {
      // Told to end; or the process has ended, of which the last look tells.
    }
  }
}
