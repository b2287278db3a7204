/** How far the feed has come. */
export interface FeedMark {
  /** The ledger position of the last event that was fed; `undefined` when there is none. */
  position: string | undefined;
  /** The number of the last message in the outlet; the next one is to follow it. */
  sequence: number;
  /** The ledger that the last event is of, where its message says so. */
  ledgerId?: string;
  /** What was fed of the last event: JSON. */
  body?: string;
}

/** Where a message is to stand. */
export interface FeedPlace {
  /** Right after the message of this number. */
  afterSequence: number;
  /**
   * The ledger position of the message before it, when that was handed over but perhaps not answered: somebody else's
   * message may have taken its place and its number.
   */
  afterPosition?: string;
}

/** One event on its way out. */
export interface FeedMessage {
  subject: string;
  /** The event's position in the ledger, which travels with the message. */
  position: string;
  /** The ledger's id, where it has one; it travels with the message, too. */
  ledgerId?: string;
  /** JSON. */
  body: string;
}

/** Where the feed goes. Every method throws `UnavailableError` when the engine is unavailable; the effect is then unknown. */
export interface FeedOutlet {
  /**
   * How far any feed has come.
   *
   * @throws CorruptStoreError when that can't be told any more.
   */
  last(): Promise<FeedMark>;

  /**
   * Publishes a message at the place that `place` says, or not at all when something else stands there already. Those
   * handed over one after the other arrive in that order; none needs to wait for the one before it.
   *
   * @returns `overtaken` when another feed was faster: nothing was published.
   */
  publish(message: FeedMessage, place: FeedPlace): Promise<'published' | 'overtaken'>;

  /** Lets go of the engine. Idempotent. */
  close(): Promise<void>;
}
