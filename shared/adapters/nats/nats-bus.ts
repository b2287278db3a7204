import {
  headers,
  NoRespondersError,
  RequestError,
  TimeoutError,
  type Msg,
  type NatsConnection,
} from '@nats-io/transport-node';
import type { Caller } from '../../core/contracts/caller.js';
import { UnavailableError } from '../../core/contracts/errors.js';
import type { JsonText } from '../../core/contracts/json-text.js';
import { TRACEPARENT } from '../../core/contracts/traceparent.js';
import type { Broadcast, Listener, Listening } from '../../core/ports/broadcast.js';
import {
  callerWaitMs,
  checkRoom,
  failureError,
  tooLate,
  type RequestFailure,
} from '../../core/ports/bus-refusals.js';
import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus, RequestContext, RequestHandler } from '../../core/ports/message-bus.js';
import { setCaller } from './caller-headers.js';
import { NatsLink } from './nats-link.js';
import { NatsListening } from './nats-listening.js';
import { NatsResponder } from './nats-responder.js';
import type { NatsSettings } from './nats-settings.js';
import { checkBody, REQUEST_BYTES_MAX } from './payload-limit.js';
import { DEADLINE_HEADER, jsonBody, trustedJson, UNHANDLED_HEADER } from './wire.js';

/**
 * The message bus on NATS: plain JSON in and out, so that a program in any language can ask. The deadline travels as a
 * header; who sends none is given `DEFAULT_TIMEOUT_MS`. Processes that answer on the same subject share its requests.
 *
 * While the server is unavailable every request fails at once with `UnavailableError`; the connection comes back by itself.
 */
export class NatsBus implements MessageBus, Broadcast {
  readonly requestBytesMax = REQUEST_BYTES_MAX;
  private readonly responders = new Set<NatsResponder>();
  private readonly requests = new Set<Promise<unknown>>();
  private closed: Promise<void> | undefined;

  private constructor(
    private readonly link: NatsLink,
    private readonly logger: Logger,
  ) {}

  /** @throws InvalidSettingError as `NatsLink.open` does. */
  static async open(settings: NatsSettings, logger: Logger): Promise<NatsBus> {
    return new NatsBus(await NatsLink.open(settings, 'bus', logger), logger);
  }

  async request(subject: string, data: object | JsonText, context: RequestContext): Promise<unknown> {
    if (this.closed !== undefined) throw new UnavailableError('The message bus is closed');
    checkRoom(this.requests.size);
    const connection = this.link.connection();
    const body = jsonBody(data);
    checkBody(body, connection.info);
    const asked = ask(connection, subject, body, context);
    this.requests.add(asked);
    try {
      return await asked;
    } finally {
      this.requests.delete(asked);
    }
  }

  async respond(subject: string, handler: RequestHandler): Promise<() => Promise<void>> {
    if (this.closed !== undefined) throw new UnavailableError('The message bus is closed');
    const responder = new NatsResponder(subject, handler, this.logger);
    this.responders.add(responder);
    // While the server is unavailable, this is made up for as soon as it is there.
    this.link.onceConnected((connection) => responder.listen(connection));
    if (this.link.ready()) await responder.listening();
    return async () => {
      await responder.stop(this.link.ready());
      this.responders.delete(responder);
    };
  }

  tell(subject: string, data: object, caller: Caller): void {
    const connection = this.link.connection();
    const body = jsonBody(data);
    checkBody(body, connection.info);
    const sent = headers();
    setCaller(sent, caller);
    connection.publish(subject, body, [...sent].length === 0 ? {} : { headers: sent });
  }

  async listen(subject: string, listener: Listener): Promise<Listening> {
    if (this.closed !== undefined) throw new UnavailableError('The message bus is closed');
    const listening = new NatsListening(subject, listener, this.link, this.logger);
    if (this.link.ready()) await listening.begun();
    return listening;
  }

  ready(): boolean {
    return this.closed === undefined && this.link.ready();
  }

  close(): Promise<void> {
    return (this.closed ??= this.drain());
  }

  private async drain(): Promise<void> {
    const connected = this.link.ready();
    await Promise.all([...this.responders].map((responder) => responder.stop(connected)));
    await Promise.allSettled(this.requests);
    await this.link.close();
  }
}

async function ask(
  connection: NatsConnection,
  subject: string,
  body: Uint8Array,
  context: RequestContext,
): Promise<unknown> {
  const { deadlineMs, traceparent } = context;
  const timeout = callerWaitMs(subject, deadlineMs, Date.now());
  const sent = headers();
  sent.set(DEADLINE_HEADER, String(deadlineMs));
  if (traceparent !== undefined) sent.set(TRACEPARENT, traceparent);
  setCaller(sent, context);
  let reply: Msg;
  try {
    reply = await connection.request(subject, body, { timeout, headers: sent });
  } catch (cause) {
    if (cause instanceof TimeoutError) throw tooLate(subject, { cause });
    const nobody =
      cause instanceof NoRespondersError || (cause instanceof RequestError && cause.isNoResponders());
    const message = nobody ? `Nobody answers on ${subject}` : `The request on ${subject} could not be sent`;
    throw new UnavailableError(message, { cause });
  }
  const answer = trustedJson(reply.data, subject);
  if (!reply.headers?.has(UNHANDLED_HEADER)) return answer;
  const { error } = answer as { error?: RequestFailure };
  throw failureError(subject, error ?? { code: 'unavailable', message: 'no reason given' });
}
