/** How many bytes of messages may be in flight; their number is limited by the stream. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Keeps account of the messages in flight, so that no more are taken than there is room for. */
export class MessageRoom {
  messages = 0;
  private bytes = 0;
  private generation = 0;
  private waiting: (() => void) | undefined;

  /** Takes a message in; answers how to let it go. */
  enter(bytes: number): () => void {
    const { generation } = this;
    this.messages++;
    this.bytes += bytes;
    return () => {
      // Those of a term that is over were let go together.
      if (generation !== this.generation) return;
      this.messages--;
      this.bytes -= bytes;
      if (this.bytes <= BYTES_MAX) this.waiting?.();
    };
  }

  /** Waits until there is room for another, or the signal fires. */
  async available(over: AbortSignal): Promise<void> {
    if (this.bytes <= BYTES_MAX || over.aborted) return;
    await new Promise<void>((resolve) => {
      this.waiting = resolve;
      over.addEventListener('abort', () => resolve(), { once: true });
    });
    this.waiting = undefined;
  }

  /** Lets all of them go. */
  clear(): void {
    this.generation++;
    this.messages = 0;
    this.bytes = 0;
  }
}
