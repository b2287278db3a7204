const FIRST_DELAY_MS = 50;
const DELAY_MS_MAX = 5_000;

/** How long to wait before the next try: longer each time, up to a limit. */
export class Backoff {
  private delayMs = FIRST_DELAY_MS;

  nextDelayMs(): number {
    const { delayMs } = this;
    this.delayMs = Math.min(delayMs * 2, DELAY_MS_MAX);
    return delayMs;
  }

  /** It worked: the next trouble is a new one. */
  reset(): void {
    this.delayMs = FIRST_DELAY_MS;
  }
}
