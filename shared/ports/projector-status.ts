/** How far a projector has come, as its process sees it. */
export interface ProjectorProgress {
  /** The last position that the read model has taken in; `undefined` while there is none. */
  position: string | undefined;
  /**
   * How long the oldest event that is not yet taken in has been waiting at the most, in milliseconds; 0 when everything
   * that is known to be in the ledger is taken in.
   */
  lagMs: number;
  /** Whether it has come to the ledger's end since it started; it then stays true, whatever arrives later. */
  caughtUp: boolean;
  /** How many streams are parked. */
  parkedStreams: number;
  /** Why it stands still, while it does. */
  lastError?: string;
}

/** Where health, metrics and the freshness of a list come from. Cheap enough to be asked with every request. */
export interface ProjectorStatus {
  status(): ProjectorProgress;
}
