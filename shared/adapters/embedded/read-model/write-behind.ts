/** How long something is shown before it is written. */
const DELAY_MS = 1_000;

/**
 * Writes after a while what is shown already, again and again: what changes several times in between is written once. A
 * write that fails is tried again; what it was to write stays shown, and is bounded by whoever shows it.
 */
export class WriteBehind {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;
  /** Told of each write that fails. */
  onError: (error: unknown) => void = () => undefined;

  /** @param write Writes all that is there to be written as it begins. */
  constructor(private readonly write: () => Promise<void>) {}

  /** There is something to be written, some time soon. */
  soon(): void {
    if (this.stopped) return;
    this.timer ??= setTimeout(() => void this.now().catch(() => this.soon()), DELAY_MS).unref();
  }

  /**
   * Writes now what is there.
   *
   * @throws What the write throws; it was not written then, or not all of it.
   */
  async now(): Promise<void> {
    // What a write under way leaves out comes with the next one.
    await this.running?.catch(() => undefined);
    this.running ??= this.run();
    return this.running;
  }

  /** Waits for the write under way, and begins no other. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    try {
      if (!this.stopped) await this.write();
    } catch (error) {
      this.onError(error);
      throw error;
    } finally {
      this.running = undefined;
    }
  }
}
