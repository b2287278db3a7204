import { UnavailableError } from '../../../core/contracts/errors.js';

/**
 * Whether there is anything that may be answered from. From the moment on when data is lost, nothing is read or written until
 * a projector asks where it is to begin.
 */
export class LostData {
  private reason: string | undefined;
  private readonly listeners = new Set<(reason: string) => void>();

  /** @param what What is lost, for messages: `The lists`. */
  constructor(private readonly what: string) {}

  /** @throws UnavailableError while nothing may be read or written. */
  check(): void {
    if (this.reason !== undefined)
      throw new UnavailableError(`${this.what} are being made again from the ledger: ${this.reason}`);
  }

  /** As `ProjectionTarget.whenLost`. */
  whenLost(listener: (reason: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Nothing may be read or written from now on. */
  begin(reason: string): void {
    this.reason ??= reason;
  }

  /** Has the projectors begin again. */
  tell(): void {
    const { reason } = this;
    if (reason !== undefined) for (const listener of [...this.listeners]) listener(reason);
  }

  /** A projector knows where it is to begin. */
  end(): void {
    this.reason = undefined;
  }
}
