/**
 * Watches the deadlines of many things that nearly all end in time: with one timer for all of them, which looks at them
 * no more often than deadlines pass. A timer of its own for each would be made and taken away with each.
 */
export class DeadlineWatch {
  private timer: NodeJS.Timeout | undefined;
  /** When the timer fires, in milliseconds since 1970. */
  private atMs = Infinity;

  /**
   * @param sweep Ends what is past its deadline; answers the earliest deadline of what is left, `Infinity` when nothing is.
   */
  constructor(private readonly sweep: (nowMs: number) => number) {}

  /** Sees to it that it is looked at `deadlineMs`, in milliseconds since 1970; no further ahead than a timer can wait. */
  watch(deadlineMs: number, nowMs: number): void {
    if (deadlineMs >= this.atMs) return;
    clearTimeout(this.timer);
    this.atMs = deadlineMs;
    this.timer = setTimeout(this.look, deadlineMs - nowMs);
  }

  /** Looks no more. */
  stop(): void {
    clearTimeout(this.timer);
    this.atMs = Infinity;
  }

  private readonly look = (): void => {
    this.atMs = Infinity;
    const nowMs = Date.now();
    const nextMs = this.sweep(nowMs);
    if (nextMs !== Infinity) this.watch(nextMs, nowMs);
  };
}
