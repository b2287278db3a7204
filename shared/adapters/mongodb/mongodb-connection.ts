import { MongoClient, type Db } from 'mongodb';
import { InvalidSettingError, TaskledgerError, UnavailableError } from '../../core/contracts/errors.js';
import { within } from '../../kit/within.js';

const DEFAULT_DATABASE = 'taskledger';
/** How long an engine that is unavailable is waited for before an operation fails. */
const AWAY_DELAY_MS_MAX = 3_000;
/** How soon it is noticed that it is back. */
const LOOK_DELAY_MS = 1_000;
/** Where the connection string does not say it as `maxPoolSize`. */
const CONNECTIONS_MAX = 32;

/** By default the longest that a read takes, one that fails included. */
const READ_MS_MAX = 5_000;
/** The same for a write of up to a few hundred documents. */
const WRITE_MS_MAX = 30_000;

export interface MongoDbConnectionOptions {
  /** How many connections at the most; default: what the connection string says, else 32. */
  connectionsMax?: number | undefined;
  /** The longest that a read takes, in milliseconds; default 5,000. */
  readMsMax?: number | undefined;
  /** The longest that a write takes, in milliseconds; default 30,000. */
  writeMsMax?: number | undefined;
}

/** To be sent with each command, so that the server gives up when nobody waits for its answer any longer. */
export interface TimeLimit {
  maxTimeMS: number;
}

/** What is asked of the engine. */
export type Operation<Answer> = (db: Db, limit: TimeLimit) => Promise<Answer>;

/**
 * A MongoDB server, replica set or sharded cluster, whether it is available or not: it is connected to when it is first
 * needed, and again whenever it comes back. Writes are answered by a majority of a replica set, reads by its primary, so
 * that what was answered is found by every process and survives the loss of a member.
 */
export class MongoDbConnection {
  private readonly client: MongoClient;
  private readonly readMsMax: number;
  private readonly writeMsMax: number;
  private readonly db: Db;
  private closing: Promise<void> | undefined;

  /**
   * @param url `mongodb://…` or `mongodb+srv://…` with credentials, TLS and the like as MongoDB's connection string has
   *   them; its path names the database, `taskledger` without.
   * @throws InvalidSettingError when it is no such URL.
   */
  constructor(
    url: string,
    { connectionsMax, readMsMax = READ_MS_MAX, writeMsMax = WRITE_MS_MAX }: MongoDbConnectionOptions = {},
  ) {
    this.readMsMax = readMsMax;
    this.writeMsMax = writeMsMax;
    const isPoolSizeSaid = connectionsMax === undefined && /[?&]maxPoolSize=/i.test(url);
    try {
      this.client = new MongoClient(url, {
        appName: 'taskledger',
        readPreference: 'primary',
        writeConcern: { w: 'majority', wtimeoutMS: writeMsMax },
        serverSelectionTimeoutMS: AWAY_DELAY_MS_MAX,
        connectTimeoutMS: AWAY_DELAY_MS_MAX,
        waitQueueTimeoutMS: AWAY_DELAY_MS_MAX,
        heartbeatFrequencyMS: LOOK_DELAY_MS,
        socketTimeoutMS: Math.max(readMsMax, writeMsMax),
        ...(!isPoolSizeSaid && { maxPoolSize: connectionsMax ?? CONNECTIONS_MAX }),
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

  /** The name of the database. */
  get database(): string {
    return this.db.databaseName;
  }

  /** @throws UnavailableError when the engine is unavailable or does not answer in time; a write may then be done or not. */
  read<Answer>(operation: Operation<Answer>): Promise<Answer> {
    return this.within(this.readMsMax, operation);
  }

  /** As `read`, with the deadline of a write. */
  write<Answer>(operation: Operation<Answer>): Promise<Answer> {
    return this.within(this.writeMsMax, operation);
  }

  /** Lets go of the engine. What is under way fails. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.client.close());
  }

  private async within<Answer>(msMax: number, operation: Operation<Answer>): Promise<Answer> {
    if (this.closing !== undefined) throw new UnavailableError('The connection to MongoDB is closed');
    const late = (): Error => new UnavailableError(`MongoDB did not answer within ${msMax} ms`);
    try {
      return await within(this.connected(operation, performance.now() + msMax), msMax, late);
    } catch (cause) {
      if (cause instanceof TaskledgerError) throw cause;
      throw new UnavailableError(`MongoDB can't be used now: ${(cause as Error).message}`, { cause });
    }
  }

  /** Connects if need be: by itself the driver does so once, and is of no use for ever when that has failed. */
  private async connected<Answer>(operation: Operation<Answer>, deadlineMs: number): Promise<Answer> {
    await this.client.connect();
    // 0 would be no limit.
    return operation(this.db, { maxTimeMS: Math.max(1, Math.ceil(deadlineMs - performance.now())) });
  }
}
