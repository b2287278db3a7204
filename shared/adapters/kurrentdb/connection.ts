import { KurrentDBClient } from '@kurrent/kurrentdb-client';
import { InvalidSettingError } from '../../contracts/errors.js';

/** The statuses of gRPC that make the client drop its connection: INTERNAL, UNAVAILABLE, DATA_LOSS. */
const LOST_CODES = new Set<unknown>([13, 14, 15]);

/** What the client makes of these, and of a call that the store has cancelled. */
const LOST_TYPES = new Set<unknown>(['unavailable', 'cancelled']);

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

  /** To be told of a client's call that has failed, for whatever reason. */
  failed(client: KurrentDBClient, error: unknown): void {
    const { code, type } = error as { code?: unknown; type?: unknown };
    const lost = LOST_CODES.has(code) || LOST_TYPES.has(type);
    if (lost && client === this.#client) this.#client = this.#connect();
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
