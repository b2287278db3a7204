import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { InvalidRequestError, UnavailableError } from '../../core/contracts/errors.js';
import { UP_TO_DATE_MS_MAX, type Listener, type Listening } from '../../core/ports/broadcast.js';
import type { Logger } from '../../core/ports/logger.js';
import { within } from '../../kit/within.js';
import { callerOf } from './caller-headers.js';
import type { NatsLink } from './nats-link.js';
import { headersOf, sentJson } from './wire.js';

/** Hears everything that is told on one subject: unlike those who answer, it shares with nobody. */
export class NatsListening implements Listening {
  private connection: NatsConnection | undefined;
  private subscription: Subscription | undefined;
  private stopped = false;
  private readonly forgetLoss: () => void;

  constructor(
    private readonly subject: string,
    private readonly listener: Listener,
    private readonly link: NatsLink,
    private readonly logger: Logger,
  ) {
    this.forgetLoss = link.onLoss(() => listener.missed());
    // While the server is unavailable, this is made up for as soon as it is there.
    link.onceConnected((connection) => this.subscribe(connection));
  }

  /** Waits until the server knows that somebody listens. */
  async begun(): Promise<void> {
    await this.connection?.flush();
  }

  hears(): boolean {
    return this.link.ready() && this.subscription?.isClosed() === false;
  }

  async upToDate(): Promise<void> {
    const connection = this.link.connection();
    // The server answers in the order of what it has sent.
    const late = (): Error => new UnavailableError('NATS is silent');
    await within(this.link.whileConnected(connection.flush()), UP_TO_DATE_MS_MAX, late);
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.forgetLoss();
    this.subscription?.unsubscribe();
  }

  private subscribe(connection: NatsConnection): void {
    if (this.stopped) return;
    this.connection = connection;
    this.subscription = connection.subscribe(this.subject, {
      callback: (error, message) => {
        if (error === null) this.take(message);
        else this.tellNotHeard(error);
      },
    });
  }

  private take(message: Msg): void {
    try {
      const caller = callerOf(headersOf(message), this.subject);
      this.listener.heard(sentJson(message.data), caller);
    } catch (err) {
      if (err instanceof InvalidRequestError) this.listener.unreadable(err.message);
      else this.logger.error({ event: 'request_failed', err, subject: this.subject }, 'What was told failed');
    }
  }

  private tellNotHeard(err: Error): void {
    const { subject } = this;
    this.listener.missed();
    this.logger.error({ event: 'requests_not_taken', err, subject }, 'NATS lets nothing through to here');
  }
}
