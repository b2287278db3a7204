import { KurrentDBClient, NotLeaderError } from '@kurrent/kurrentdb-client';
import { InvalidSettingError } from '../../contracts/errors.js';

/** How gRPC says of a call that this side has ended it. */
const CANCELLED_HERE = 'Cancelled on client';

/**
 * The client of one store, replaced by a fresh one when its connection was lost. The client reconnects by itself, but one
 * of its streams that fails while a cluster is being discovered leaves a rejection that nobody handles, which ends the
 * process; a client that has failed is therefore never asked to connect again.
 */
export class KurrentDbConnection {
  readonly #url: string;
  #client: KurrentDBClient;

  /** @throws InvalidSettingError when it is no connection string of KurrentDB. It is not connected to yet. */
  constructor(url: string) {
    // The client takes the old name too, but complains about it on the console.
    this.#url = url.replace(/^esdb(\+discover)?:/, 'kurrentdb$1:');
    this.#client = this.#connect();
  }

  get client(): KurrentDBClient {
    return this.#client;
  }

  /**
   * To be told of a client's stream that has failed. It is kept when the stream was given up on our side, and when the
   * node was not the leader: then the client has learnt which one is, and goes there next.
   */
  failed(client: KurrentDBClient, error: unknown): void {
    if (client !== this.#client || isNotLeader(error) || wasCancelledHere(error)) return;
    this.#client = this.#connect();
  }

  close(): Promise<void> {
    return this.#client.dispose();
  }

  #connect(): KurrentDBClient {
    try {
      return KurrentDBClient.connectionString(this.#url);
    } catch {
      // What the client says quotes the string, which may hold a password.
      throw new InvalidSettingError(
        'The event store must be a connection string of KurrentDB, for instance ' +
          'kurrentdb://user:password@host:2113 or kurrentdb+discover://host:2113?tls=false',
      );
    }
  }
}

/** The client's own error, or gRPC's as it came. */
function isNotLeader(error: unknown): boolean {
  if (error instanceof NotLeaderError) return true;
  const { metadata } = error as { metadata?: { get?(name: string): unknown[] } };
  return metadata?.get?.('exception').includes('not-leader') === true;
}

function wasCancelledHere(error: unknown): boolean {
  return (error as { details?: unknown }).details === CANCELLED_HERE;
}
