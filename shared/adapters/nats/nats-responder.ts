import {
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { UnavailableError } from '../../core/contracts/errors.js';
import { checkDeadline, checkRoom, requestFailure } from '../../core/ports/bus-refusals.js';
import type { Logger } from '../../core/ports/logger.js';
import type { RequestHandler } from '../../core/ports/message-bus.js';
import { callerOf } from './caller-headers.js';
import { bodyBytesMax } from './payload-limit.js';
import {
  deadlineOf,
  DEADLINE_HEADER,
  ERROR_HEADER,
  errorCodeIn,
  headersOf,
  jsonBody,
  sentJson,
  structuredBody,
  traceOf,
  UNHANDLED_HEADER,
} from './wire.js';

/** Processes that answer on the same subject take turns when they are of one queue group. */
const QUEUE_GROUP = 'taskledger';

/** Answers the requests on one subject; whatever comes in, it gets an answer when it has asked for one. */
export class NatsResponder {
  private readonly underWay = new Set<Promise<void>>();
  private connection: NatsConnection | undefined;
  private subscription: Subscription | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly subject: string,
    private readonly handler: RequestHandler,
    private readonly logger: Logger,
  ) {}

  /** Begins to take requests. */
  listen(connection: NatsConnection): void {
    if (this.stopped !== undefined) return;
    this.connection = connection;
    this.subscription = connection.subscribe(this.subject, {
      queue: QUEUE_GROUP,
      callback: (error, message) => {
        if (error === null) this.take(message);
        else this.tellNotTaken(error);
      },
    });
  }

  /** Waits until the server knows that requests are taken. */
  async listening(): Promise<void> {
    await this.connection?.flush();
  }

  /** Takes no more requests and waits for those under way. Idempotent. */
  stop(connected: boolean): Promise<void> {
    return (this.stopped ??= this.drain(connected));
  }

  private async drain(connected: boolean): Promise<void> {
    // Without the server there is nothing to wait for: it has forgotten the subscription already.
    if (connected) await this.subscription?.drain().catch(() => undefined);
    else this.subscription?.unsubscribe();
    await Promise.allSettled(this.underWay);
  }

  private take(message: Msg): void {
    if (isOwnSubject(message.reply)) {
      this.logger.warn(
        { event: 'reply_subject_refused', subject: this.subject, reply: message.reply },
        'A request is not carried out: it asks for its answer on a subject of JetStream or of events',
      );
      return;
    }
    const work = this.answer(message);
    this.underWay.add(work);
    const done = (): boolean => this.underWay.delete(work);
    work.then(done, done);
  }

  private tellNotTaken(err: Error): void {
    const { subject } = this;
    this.logger.error({ event: 'requests_not_taken', err, subject }, 'NATS lets no requests through to here');
  }

  private async answer(message: Msg): Promise<void> {
    try {
      const answer = await this.carryOut(message);
      const body = jsonBody(answer);
      const bytesMax = bodyBytesMax(this.connection?.info);
      if (body.length > bytesMax) {
        throw new UnavailableError(
          `The answer has ${body.length} bytes and NATS carries ${bytesMax}: it was carried out, but can't be answered; send fewer events at once`,
        );
      }
      const code = errorCodeIn(answer);
      if (code === undefined) message.respond(body);
      else message.respond(body, { headers: errorHeaders(code) });
    } catch (error) {
      this.fail(message, error);
    }
  }

  private async carryOut(message: Msg): Promise<unknown> {
    checkRoom(this.underWay.size);
    const given = headersOf(message);
    const deadlineMs = deadlineOf(given?.get(DEADLINE_HEADER), Date.now());
    checkDeadline(deadlineMs, Date.now());
    const caller = callerOf(given, this.subject);
    const body = structuredBody(given, message.data);
    return this.handler(sentJson(body), { ...caller, deadlineMs, traceparent: traceOf(given) });
  }

  private fail(message: Msg, error: unknown): void {
    const { subject, logger } = this;
    const failure = requestFailure(error, subject, logger);
    try {
      const sent = errorHeaders(failure.code);
      sent.set(UNHANDLED_HEADER, 'true');
      message.respond(jsonBody({ ok: false, error: failure }), { headers: sent });
    } catch (err) {
      // The connection is closed; the caller hears nothing, and its deadline tells it so.
      logger.warn({ event: 'answer_not_sent', err, subject }, 'An answer could not be sent over NATS');
    }
  }
}

/**
 * Whether an answer would be taken for a question to JetStream, or for an event. Who may only ask could else have us say
 * there what we may and it may not.
 */
function isOwnSubject(reply: string | undefined): boolean {
  return reply !== undefined && /^(?:\$|tasks\.)/.test(reply);
}

function errorHeaders(code: string): MsgHdrs {
  const sent = headers();
  sent.set(ERROR_HEADER, code);
  return sent;
}
