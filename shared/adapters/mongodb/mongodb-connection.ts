import { MongoClient, type Db } from 'mongodb';
import { InvalidSettingError, TaskledgerError, UnavailableError } from '../../contracts/errors.js';

const DEFAULT_DATABASE = 'taskledger';
/** How long an engine that is away is waited for before an operation fails. */
const AWAY_DELAY_MS_MAX = 3_000;
/** How soon it is noticed that it is back. */
const LOOK_DELAY_MS = 1_000;
const CONNECTIONS_MAX = 32;

/** The longest that a read takes, one that fails included. */
export const READ_DEADLINE_MS = 5_000;
/** The same for a write of up to a few hundred documents. */
export const WRITE_DEADLINE_MS = 30_000;

/**
 * A MongoDB server, replica set or sharded cluster, whether it is there or away: it is connected to when it is first
 * needed, and again whenever it comes back. Writes are answered by a majority of a replica set, reads by its primary, so
 * that what was answered is found by every process and survives the loss of a member.
 */
export class MongoDbConnection {
  private readonly client: MongoClient;
  private readonly db: Db;
  private closing: Promise<void> | undefined;

  /**
   * @param url `mongodb://…` or `mongodb+srv://…` with credentials, TLS and the like as MongoDB's connection string has
   *   them; its path names the database, `taskledger` without.
   * @throws InvalidSettingError when it is no such URL.
   */
  constructor(url: string) {
    try {
      this.client = new MongoClient(url, {
        appName: 'taskledger',
        readPreference: 'primary',
        writeConcern: { w: 'majority', wtimeoutMS: WRITE_DEADLINE_MS },
        serverSelectionTimeoutMS: AWAY_DELAY_MS_MAX,
        connectTimeoutMS: AWAY_DELAY_MS_MAX,
        waitQueueTimeoutMS: AWAY_DELAY_MS_MAX,
        heartbeatFrequencyMS: LOOK_DELAY_MS,
        socketTimeoutMS: WRITE_DEADLINE_MS,
        maxPoolSize: CONNECTIONS_MAX,
      });
    } catch (cause) {
      // The driver's words may repeat the URL, and with it a password.
      throw new InvalidSettingError(
        'READ_MODEL_URL must be a MongoDB connection string, such as mongodb://127.0.0.1:27017/taskledger',
        { cause },
      );
    }
    const named = this.client.options.dbName;
    // The driver says `test` for a URL that names none.
    this.db = this.client.db(/\/\/[^/]+\/[^?]/.test(url) ? named : DEFAULT_DATABASE);
  }

  /** @throws UnavailableError when the engine is away or does not answer in time; a write may then be done or not. */
  read<Answer>(operation: (db: Db) => Promise<Answer>): Promise<Answer> {
    return this.within(READ_DEADLINE_MS, operation);
  }

  /** As `read`, with the deadline of a write. */
  write<Answer>(operation: (db: Db) => Promise<Answer>): Promise<Answer> {
    return this.within(WRITE_DEADLINE_MS, operation);
  }

  /** Lets go of the engine. What is under way fails. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.client.close());
  }

  private async within<Answer>(deadlineMs: number, operation: (db: Db) => Promise<Answer>): Promise<Answer> {
    if (this.closing !== undefined) throw new UnavailableError('The connection to MongoDB is closed');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new UnavailableError(`MongoDB did not answer within ${deadlineMs} ms`);
      timer = setTimeout(reject, deadlineMs, error);
    });
    try {
      return await Promise.race([this.connected(operation), late]);
    } catch (cause) {
      if (cause instanceof TaskledgerError) throw cause;
      throw new UnavailableError(`MongoDB can't be used now: ${(cause as Error).message}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Connects if need be: by itself the driver does so once, and is of no use for ever when that has failed. */
  private async connected<Answer>(operation: (db: Db) => Promise<Answer>): Promise<Answer> {
    await this.client.connect();
    return operation(this.db);
  }
}
