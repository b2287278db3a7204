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
  /**
   * Present while the read model is built from nothing and has not come to the ledger's end: what is missing in it can't be
   * told, so that it is not answered from.
   */
  rebuilding?: boolean;
  /** How many streams are parked. */
  parkedStreams: number;
  /** Why it is stalled, while it does. */
  lastError?: string;
}

/** Where health, metrics and the freshness of a list come from. Cheap enough to be asked with every request. */
export interface ProjectorStatus {
  status(): ProjectorProgress;
}

/**
 * What a projector last said of itself, for the processes without one. Not whether the read model is being built: that
 * stands in the read model, and would be old news here.
 */
export interface ProjectorHeartbeat extends Omit<ProjectorProgress, 'rebuilding'> {
  /** When it said so, in milliseconds since 1970 by its own clock. */
  atMs: number;
}

/** Where the projector that works leaves word of itself, beside its checkpoint. */
export interface ProjectorHeartbeats {
  /** @throws UnavailableError when the engine is unavailable. */
  writeHeartbeat(projection: string, heartbeat: ProjectorHeartbeat): Promise<void>;
  /** @throws UnavailableError when the engine is unavailable. */
  readHeartbeat(projection: string): Promise<ProjectorHeartbeat | undefined>;
}
