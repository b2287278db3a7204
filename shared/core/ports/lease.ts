/**
 * How a lease was lost: another process has it (or what says who has it was removed), or it could not be renewed before
 * another might take it.
 */
export type LeaseLoss = 'taken' | 'not_renewed';

/** The right to do a piece of work that only one process at a time may do. */
export interface Lease {
  /**
   * The number of the holder's term, greater than that of every one before: what is written under it can be told from what
   * an earlier holder writes.
   */
  readonly epoch: number;
  /**
   * Fires when it is lost, with a `LeaseLoss` as its reason; when it could not be renewed, early enough for the work to stop
   * before another process begins with it.
   */
  readonly lost: AbortSignal;
  /** Lets another process have it at once. Idempotent, and never fails: at worst the lease runs out by itself. */
  release(): Promise<void>;
}

/** Leases by name, shared by all processes on the same engine. */
export interface Leases {
  /**
   * Waits until no other process holds the lease, and takes it; it is then renewed until it is released or lost. Answers
   * `undefined` when the signal fires first.
   *
   * @throws UnavailableError when the engine is unavailable.
   */
  acquire(name: string, signal: AbortSignal): Promise<Lease | undefined>;
}
