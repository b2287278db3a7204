/** The longest time that a timer takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const NO_REASON = 'no answer so far';

/** Whether Taskledger is away: it is once nothing was answered for a while, for whatever reason. */
export class Outage {
  #lasts = false;
  #reason = NO_REASON;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param awayAfterMs For how long there has to be no answer.
   * @param onAway Called once in each outage, with the reason that was heard last.
   */
  constructor(
    private readonly awayAfterMs: number,
    private readonly onAway: (reason: string) => void,
  ) {}

  /** Whether nobody should wait for an answer. */
  get lasts(): boolean {
    return this.#lasts;
  }

  /** An answer is waited for from now on. */
  begins(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#lasts = true;
        this.onAway(this.#reason);
      },
      Math.min(this.awayAfterMs, TIMER_MS_MAX),
    ).unref();
  }

  /** No answer came. */
  failed(reason: string): void {
    this.#reason = reason;
  }

  /** An answer came, or none is waited for any more. */
  ended(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lasts = false;
    this.#reason = NO_REASON;
  }
}
