/**
 * Lets the newest of many reports through, at most one in each interval. Taking a report costs next to nothing; the first
 * one leaves at once.
 */
export class ProgressThinning<Report> {
  #held: Report | undefined;
  #timer: NodeJS.Timeout | undefined;
  #notBeforeMs = 0;

  constructor(
    private readonly intervalMs: number,
    private readonly release: (report: Report) => void,
  ) {}

  /** Takes a report; it leaves when it is due, unless a newer one comes first. */
  report(report: Report): void {
    this.#held = report;
    // What waits here is of use to a process that lives on, and leaves before the task's end in any case.
    this.#timer ??= setTimeout(
      () => this.flush(),
      Math.max(0, this.#notBeforeMs - performance.now()),
    ).unref();
  }

  /** Lets out what is held, now. */
  flush(): void {
    const held = this.#held;
    this.drop();
    if (held === undefined) return;
    this.#notBeforeMs = performance.now() + this.intervalMs;
    this.release(held);
  }

  /** Forgets what is held. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held = undefined;
  }
}
