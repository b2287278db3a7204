/** Whether Taskledger is away, from the answers that come and those that do not. */
export class Outage {
  #sinceMs: number | undefined;
  #told = false;

  /** @param awayAfterMs How long after the first failure it counts as away. */
  constructor(
    private readonly awayAfterMs: number,
    private readonly warn: (message: string, code: string) => void,
  ) {}

  /** Whether nobody should wait for an answer. */
  get lasts(): boolean {
    return this.#sinceMs !== undefined && Date.now() - this.#sinceMs >= this.awayAfterMs;
  }

  /** No answer came. Warns once of each outage. */
  failed(message: string, eventsKept: number): void {
    this.#sinceMs ??= Date.now();
    if (!this.lasts || this.#told) return;
    this.#told = true;
    const kept = `Taskledger can't be reached; ${eventsKept} events are kept`;
    this.warn(`${kept}: ${message}`, 'TASKLEDGER_AWAY');
  }

  /** An answer came. */
  answered(): void {
    this.#sinceMs = undefined;
    this.#told = false;
  }
}
