import { KurrentDBClient } from '@kurrent/kurrentdb-client';
import { InvalidSettingError, LedgerDeniedError, UnavailableError } from '../../core/contracts/errors.js';
import { answerWithin } from './deadline.js';

/** The statuses of gRPC that make the client drop its connection: INTERNAL, UNAVAILABLE, DATA_LOSS. */
const LOST_CODES = new Set<unknown>([13, 14, 15]);

/** What the client makes of these, and of a call that the store has cancelled. */
const LOST_TYPES = new Set<unknown>(['unavailable', 'cancelled']);

/** A client that has got no answer for so long is replaced; so that is also how often that happens. */
export const FAILING_MS_MAX = 5_000;

/**
 * The client of one store, replaced by a fresh one when its connection was lost. The client reconnects by itself, but one
 * of its streams that fails while a cluster is being discovered leaves a rejection that nobody handles, which ends the
 * process; a client that has failed is therefore never asked to connect again. It is also replaced when nothing that it is
 * asked is answered for some time, whatever the reason: what it read when it was made, such as the certificate of an
 * authority, it never reads again.
 */
export class KurrentDbConnection {
  readonly #url: string;
  #client: KurrentDBClient;
  /** When the first call began, of those that have failed since one was answered. */
  #failingSinceMs: number | undefined;
  /** When a call was answered, or the client was made. */
  #answeredMs = performance.now();

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
   * What a call of the client comes to, if it does within the time.
   *
   * @param tooLate Called when it does not, to stop what can be stopped.
   * @throws UnavailableError naming what took too long, or with the failure as its cause.
   */
  async within<Value>(what: string, ms: number, call: Promise<Value>, tooLate?: () => void): Promise<Value> {
    const client = this.#client;
    const sinceMs = performance.now();
    try {
      const value = await answerWithin(what, ms, call, tooLate);
      this.answered(client);
      return value;
    } catch (error) {
      if (error instanceof UnavailableError && !(error instanceof LedgerDeniedError))
        this.failed(client, error.cause ?? error, sinceMs);
      else this.answered(client);
      throw error;
    }
  }

  /** To be told of a client's call that the store has answered, be it with a refusal. */
  answered(client: KurrentDBClient): void {
    if (client !== this.#client) return;
    this.#failingSinceMs = undefined;
    this.#answeredMs = performance.now();
  }

  /**
   * To be told of a client's call that has failed, for whatever reason.
   *
   * @param sinceMs When it began, by `performance.now()`.
   */
  failed(client: KurrentDBClient, error: unknown, sinceMs = performance.now()): void {
    if (client !== this.#client) return;
    const { code, type } = error as { code?: unknown; type?: unknown };
    this.#failingSinceMs ??= Math.max(sinceMs, this.#answeredMs);
    const isLost = LOST_CODES.has(code) || LOST_TYPES.has(type);
    if (isLost || performance.now() - this.#failingSinceMs >= FAILING_MS_MAX) this.#replace();
  }

  close(): Promise<void> {
    return this.#client.dispose();
  }

  #replace(): void {
    this.#failingSinceMs = undefined;
    this.#answeredMs = performance.now();
    try {
      this.#client = this.#connect();
    } catch {
      // A file that the connection string names is away just now; the next failure tries again.
    }
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
