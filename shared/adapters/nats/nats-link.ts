import { setTimeout as delay } from 'node:timers/promises';
import { AuthorizationError, connect, type NatsConnection } from '@nats-io/transport-node';
import { InvalidSettingError, UnavailableError } from '../../core/contracts/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import { within } from '../../kit/within.js';
import { connectionOptions, type NatsSettings } from './nats-settings.js';
import { serverProblem } from './server-problem.js';

/** How long one try to connect may take, and how long to wait before the next. */
const CONNECT_MS_MAX = 2_000;
const RECONNECT_DELAY_MS = 500;

/** How long the server may be silent: two pings go unanswered, and the connection is taken for lost. */
const PING_INTERVAL_MS = 10_000;
const PINGS_UNANSWERED_MAX = 2;

/** How long what was handed over last may take to get out when the connection is let go. */
const DRAIN_MS_MAX = 2_000;

/** One connection to NATS that is made, and made again, for as long as it is not closed. */
export class NatsLink {
  private current: NatsConnection | undefined;
  private connected = false;
  private problem: string | undefined;
  /** Told when the connection is lost. */
  private readonly losses = new Set<() => void>();
  private readonly closing = new AbortController();
  private closed: Promise<void> | undefined;
  private connecting: Promise<void> | undefined;
  private readonly waiting: ((connection: NatsConnection) => void)[] = [];

  private constructor(
    private readonly options: ReturnType<typeof connectionOptions>,
    private readonly logger: Logger,
  ) {}

  /**
   * Connects. A server that is unavailable does not keep the program from starting: then it is tried again until it is there.
   *
   * @param name What the connection is called in the server's own accounts.
   * @throws InvalidSettingError when a setting is wrong, the server refuses the credentials, or it is not fit for us
   * (`serverProblem`).
   */
  static async open(settings: NatsSettings, name: string, logger: Logger): Promise<NatsLink> {
    const link = new NatsLink({ ...connectionOptions(settings), name: `taskledger ${name}` }, logger);
    try {
      await link.connect();
      if (link.problem !== undefined) throw new InvalidSettingError(link.problem);
    } catch (error) {
      if (error instanceof InvalidSettingError) {
        await link.close();
        throw error;
      }
      link.tellUnavailable(error);
      link.connecting = link.connectUntilClosed();
    }
    return link;
  }

  /** Whether the server is there, and fit for us. */
  ready(): boolean {
    return this.connected && this.problem === undefined && this.closed === undefined;
  }

  /**
   * The connection, while it is up.
   *
   * @throws UnavailableError while it is not.
   */
  connection(): NatsConnection {
    if (this.closed !== undefined) throw new UnavailableError('The connection to NATS is closed');
    if (this.current === undefined || !this.connected) throw new UnavailableError('NATS is unavailable');
    if (this.problem !== undefined) throw new UnavailableError(this.problem);
    return this.current;
  }

  /**
   * Waits for an answer, but no longer than the connection lives.
   *
   * @throws UnavailableError when it was lost.
   */
  async whileConnected<Answer>(answer: Promise<Answer>): Promise<Answer> {
    let forget = (): void => undefined;
    const loss = new Promise<never>((_, reject) => {
      forget = this.onLoss(() => reject(new UnavailableError('The connection to NATS was lost')));
    });
    try {
      return await Promise.race([answer, loss]);
    } finally {
      forget();
    }
  }

  /** Does something when the connection is lost, or at once when it is. Answers how to forget about it. */
  onLoss(then: () => void): () => void {
    if (!this.connected) then();
    this.losses.add(then);
    return () => void this.losses.delete(then);
  }

  /** Does something with the connection as soon as there is one; it lives on over every reconnect. */
  onceConnected(then: (connection: NatsConnection) => void): void {
    if (this.current !== undefined) then(this.current);
    else this.waiting.push(then);
  }

  /** Sends what was handed over and lets go. Idempotent. */
  close(): Promise<void> {
    return (this.closed ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    const connection = this.connected ? this.current : undefined;
    this.closing.abort();
    await this.connecting;
    if (connection !== undefined) {
      // Draining waits for the server, which may go away in this very moment.
      const late = (): Error => new UnavailableError('NATS did not take what was sent last');
      await within(connection.flush(), DRAIN_MS_MAX, late).catch(() => undefined);
    }
    await this.current?.close();
  }

  private async connectUntilClosed(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await delay(RECONNECT_DELAY_MS, undefined, { signal }).catch(() => undefined);
      try {
        if (signal.aborted) return;
        await this.connect();
        return this.tellConnected();
      } catch (error) {
        this.tellUnavailable(error);
      }
    }
  }

  private async connect(): Promise<void> {
    let connection: NatsConnection;
    try {
      connection = await connect({
        ...this.options,
        timeout: CONNECT_MS_MAX,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_DELAY_MS,
        reconnectJitter: RECONNECT_DELAY_MS / 5,
        pingInterval: PING_INTERVAL_MS,
        maxPingOut: PINGS_UNANSWERED_MAX,
        // Credentials may be wrong for a while during a change; a running program waits until they are right.
        ignoreAuthErrorAbort: true,
        // A stack for every request costs more than sending it.
        noAsyncTraces: true,
      });
    } catch (cause) {
      if (cause instanceof AuthorizationError) {
        throw new InvalidSettingError('NATS refuses the credentials of NATS_URL or NATS_CREDS', { cause });
      }
      throw cause;
    }
    this.current = connection;
    this.connected = true;
    this.checkServer();
    void this.watch(connection);
    for (const then of this.waiting.splice(0)) then(connection);
  }

  /** Any server of a cluster may be the one that is connected to, so each is looked at. */
  private checkServer(): void {
    const info = this.current?.info;
    this.problem = info === undefined ? undefined : serverProblem(info);
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') {
        this.connected = false;
        this.tellLoss();
        if (!this.closing.signal.aborted) this.tellDisconnected();
      } else if (type === 'reconnect') {
        this.connected = true;
        this.checkServer();
        this.tellConnected();
      }
    }
    this.connected = false;
    this.tellLoss();
  }

  private tellUnavailable(err: unknown): void {
    const message = 'NATS can not be connected to; it is tried again until it is there';
    this.logger.warn({ event: 'nats_unavailable', err }, message);
  }

  private tellDisconnected(): void {
    const message = 'The connection to NATS is lost; it is made again by itself';
    this.logger.warn({ event: 'nats_connection_lost' }, message);
  }

  private tellConnected(): void {
    const { problem } = this;
    if (problem === undefined) this.logger.info({ event: 'nats_connected' }, 'NATS is connected');
    else this.logger.error({ event: 'nats_unfit' }, `NATS is connected, and not used: ${problem}`);
  }

  private tellLoss(): void {
    for (const lost of this.losses) lost();
  }
}
