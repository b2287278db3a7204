import { START, type AllStreamSubscription } from '@kurrent/kurrentdb-client';
import { allFilter } from './all-filter.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { BEFORE_ALL, eventPosition, formatPosition, parsePosition } from './position.js';

/** Who is told of news. */
export interface NewsListener {
  /** The store has given an event. */
  came(position: string): void;
  /** Nothing more is going to come. */
  lost(): void;
}

/**
 * Hears of new events after a position, by a subscription of which nothing is taken but that there is something. The
 * store gives its events one by one, slower than they are read and now and then not at all, so that they are read beside
 * it: whoever reads hears early that there is more, and depends on it for nothing else.
 */
export class LedgerNews {
  readonly #subscription: AllStreamSubscription;
  #reached: string;
  #isLost = false;

  /** It is opened in the background. */
  constructor(
    connection: KurrentDbConnection,
    streamPrefix: string,
    afterPosition: string,
    listener: NewsListener,
  ) {
    this.#reached = afterPosition;
    const { client } = connection;
    const reach = (position: string | undefined): boolean => {
      const isNew = position !== undefined && position > this.#reached;
      if (isNew) this.#reached = position;
      return isNew;
    };
    this.#subscription = client.subscribeToAll({
      fromPosition: afterPosition === BEFORE_ALL ? START : parsePosition(afterPosition),
      filter: allFilter(streamPrefix, (_, position) => void reach(formatPosition(position))),
      requiresLeader: true,
    });
    this.#subscription.on('data', ({ event }) => {
      if (reach(eventPosition(event?.position?.commit))) listener.came(this.#reached);
    });
    const lose = (error: Error): void => {
      if (this.#isLost) return;
      this.#isLost = true;
      connection.failed(client, error);
      listener.lost();
    };
    this.#subscription.on('error', lose);
    this.#subscription.on('end', () => lose(new Error('The store has ended the subscription')));
  }

  /** The position that it has come to. */
  get reached(): string {
    return this.#reached;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  close(): void {
    this.#isLost = true;
    this.#subscription.unsubscribe().catch(() => undefined);
  }
}
