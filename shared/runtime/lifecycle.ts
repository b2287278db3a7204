import type { Logger } from '../core/ports/logger.js';
import { within } from '../kit/within.js';

/** How long everything together may take to stop, in milliseconds. */
export const STOP_DEADLINE_MS = 9_000;

/** The start of the program was ended by its stop. */
export class StoppedError extends Error {
  constructor() {
    super('It was stopped before it had started');
    this.name = 'StoppedError';
  }
}

/** A part did not stop in time. */
class LateError extends Error {}

/**
 * What has been started and how to stop it again: the last started is stopped first, so that intake ends before what it
 * feeds is drained, and the stores close last.
 */
export class Lifecycle {
  private readonly stops: { name: string; stop: () => Promise<void> }[] = [];
  private stopping: Promise<boolean> | undefined;

  constructor(private readonly logger: Logger) {}

  /**
   * Names a part that has been started.
   *
   * @throws StoppedError when everything is being stopped already: this part is too, and nothing more is to be started.
   */
  started(name: string, stop: () => Promise<void>): void {
    this.stops.push({ name, stop });
    if (this.stopping === undefined) return;
    this.stopping = this.stopping.then(async (clean) => (await this.stopAll()) && clean);
    throw new StoppedError();
  }

  /**
   * Stops everything. Asked again, also while it is under way, it is the same stop.
   *
   * @returns Whether every part stopped without an error and in time.
   */
  stop(): Promise<boolean> {
    return (this.stopping ??= this.stopAll());
  }

  private async stopAll(): Promise<boolean> {
    const lateAtMs = performance.now() + STOP_DEADLINE_MS;
    const late = (): Error => new LateError();
    let clean = true;
    for (let part = this.stops.pop(); part !== undefined; part = this.stops.pop()) {
      const { name, stop } = part;
      try {
        await within(stop(), Math.max(0, lateAtMs - performance.now()), late);
      } catch (err) {
        clean = false;
        if (err instanceof LateError)
          this.logger.error(
            { event: 'stop_timed_out', part: name },
            `The ${name} did not stop within ${STOP_DEADLINE_MS} ms, and is left`,
          );
        else
          this.logger.error(
            { event: 'stop_failed', err, part: name },
            `The ${name} failed while it was stopped`,
          );
      }
    }
    return clean;
  }
}
