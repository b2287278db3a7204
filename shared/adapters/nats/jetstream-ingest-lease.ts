import { jetstream, type Consumer, type JetStreamPublishOptions, type JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { InvalidRequestError, UnavailableError } from '../../core/contracts/errors.js';
import { PARKED_SUBJECT } from '../../core/contracts/subjects.js';
import type { IngestMessage, IngestLease, ParkedEvent } from '../../core/ports/ingest-stream.js';
import type { Lease, LeaseLoss } from '../../core/ports/lease.js';
import { callerOf, setCaller } from './caller-headers.js';
import { JETSTREAM_MS_MAX, orUnavailable } from './jetstream.js';
import type { NatsLink } from './nats-link.js';
import { bodyBytesMax } from './payload-limit.js';
import { attributesOf, headersOf, structuredBody, traceOf } from './wire.js';

/** How many messages are asked for ahead of those that are worked on. */
const MESSAGES_AHEAD_MAX = 256;

/** How soon it is noticed that the server has no word for us. */
const HEARTBEAT_MS = 2_000;
const PULL_EXPIRES_MS = 10_000;

/** How long a text may be that goes into a header. */
const TEXT_CHARACTERS_MAX = 1_024;

/** What is said when the lease is lost. */
const LEASE_LOSSES: Record<LeaseLoss, string> = {
  taken: 'Another process has taken the lease of the ingest stream',
  not_renewed: 'The lease of the ingest stream could not be renewed in time',
};

/** The messages of one consumer, for as long as it is this process's term. */
export class JetStreamIngestLease implements IngestLease {
  private readonly held = new Set<number>();
  /** The headers of messages in flight whose headers are at fault, by sequence. */
  private readonly attributes = new Map<number, [string, string[]][]>();
  private readonly loss = new AbortController();
  private readonly forget: () => void;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly link: NatsLink,
    private readonly lease: Lease,
    private readonly consumer: Consumer,
    /** Makes the streams again of which somebody has removed one. */
    private readonly makeStreams: () => Promise<void>,
  ) {
    lease.lost.addEventListener('abort', () => this.loss.abort(LEASE_LOSSES[lease.lost.reason as LeaseLoss]));
    // What was on its way when the connection was lost would come again only after what is newer.
    this.forget = link.onLoss(() => this.loss.abort('The connection to NATS was lost'));
  }

  get epoch(): number {
    return this.lease.epoch;
  }

  get lost(): AbortSignal {
    return this.loss.signal;
  }

  async *messages(signal: AbortSignal): AsyncGenerator<IngestMessage> {
    const consumed = await orUnavailable(this.link, () =>
      this.consumer.consume({
        max_messages: MESSAGES_AHEAD_MAX,
        expires: PULL_EXPIRES_MS,
        idle_heartbeat: HEARTBEAT_MS,
        abort_on_missing_resource: true,
      }),
    );
    const over = AbortSignal.any([signal, this.lost]);
    const stop = (): void => consumed.stop();
    over.addEventListener('abort', stop);
    try {
      if (!over.aborted) yield* this.inOrder(consumed);
    } catch (cause) {
      throw this.lose(cause);
    } finally {
      over.removeEventListener('abort', stop);
      stop();
    }
    if (signal.aborted) return;
    throw this.lose();
  }

  /** Ends the term when the consumer gives nothing any more, if it has not been lost before; answers what to throw. */
  private lose(cause?: unknown): UnavailableError {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    this.loss.abort(`The consumer of the ingest stream has ended${why}`);
    return new UnavailableError(this.lost.reason as string, { cause });
  }

  async park(from: IngestMessage, parked: ParkedEvent, index: number): Promise<void> {
    const { code, reason, message, body } = parked;
    const { sequence, subject, publishedAtMs } = from;
    const bytesMax = bodyBytesMax(this.link.connection().info);
    const parts = Math.max(1, Math.ceil(body.length / bytesMax));
    for (let part = 0; part < parts; part++) {
      const sent = headers();
      sent.set('Taskledger-Reason', reason);
      sent.set('Taskledger-Message', headerText(message));
      sent.set('Taskledger-Subject', subject);
      sent.set('Taskledger-Sequence', String(sequence));
      sent.set('Taskledger-Published-At', new Date(publishedAtMs).toISOString());
      if (parts > 1) sent.set('Taskledger-Part', `${part + 1}/${parts}`);
      const asTheyCame = this.attributes.get(sequence);
      // Whoever publishes it again gives it no right that its sender had not.
      if (asTheyCame === undefined) setCaller(sent, from.caller);
      for (const [header, values] of asTheyCame ?? []) for (const value of values) sent.append(header, value);
      // A message that is parked again, since its acknowledgement was cut off, is recognised for two minutes.
      const msgID = `${publishedAtMs}/${sequence}/${index}/${part}`;
      const piece = body.subarray(part * bytesMax, (part + 1) * bytesMax);
      await this.publish(`${PARKED_SUBJECT}.${code}`, piece, { headers: sent, msgID });
    }
  }

  end(): Promise<void> {
    return (this.ended ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    this.forget();
    // The acknowledgements first, or the next one is given messages that are done.
    await orUnavailable(this.link, (connection) => connection.flush()).catch(() => undefined);
    await this.lease.release();
  }

  /** The next try finds the stream again, if that is why there was no answer. */
  private async publish(
    subject: string,
    body: Uint8Array,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<void> {
    try {
      await orUnavailable(this.link, (connection) =>
        jetstream(connection, { timeout: JETSTREAM_MS_MAX }).publish(subject, body, options),
      );
    } catch (error) {
      await this.makeStreams();
      throw error;
    }
  }

  /** Each message once. One that comes again is in flight still, or its acknowledgement was lost. */
  private async *inOrder(consumed: AsyncIterable<JsMsg>): AsyncGenerator<IngestMessage> {
    let delivered = 0;
    let highest = 0;
    for await (const message of consumed) {
      const { deliverySequence, streamSequence: sequence, timestampNanos } = message.info;
      if (deliverySequence !== ++delivered) {
        throw new UnavailableError(`Message ${delivered} of the consumer was lost on its way`);
      }
      if (sequence <= highest) {
        if (!this.held.has(sequence)) message.ack();
        continue;
      }
      highest = sequence;
      this.held.add(sequence);
      const taken: IngestMessage = {
        sequence,
        subject: message.subject,
        publishedAtMs: Math.floor(timestampNanos / 1e6),
        ...contentOf(message),
        ack: () => {
          this.held.delete(sequence);
          this.attributes.delete(sequence);
          message.ack();
        },
      };
      if (taken.fault !== undefined) this.attributes.set(sequence, attributesIn(message));
      yield taken;
    }
  }
}

/** What a message holds. What is no event in binary mode, though it looks like one, stays as it came. */
function contentOf(message: JsMsg): Pick<IngestMessage, 'body' | 'fault' | 'caller' | 'traceparent'> {
  const { subject } = message;
  try {
    const given = headersOf(message);
    const body = structuredBody(given, message.data);
    return { body, caller: callerOf(given, subject), traceparent: traceOf(given) };
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    const caller = callerOf(undefined, subject);
    return { body: message.data, fault: error.message, caller, traceparent: undefined };
  }
}

/** The attributes of a message whose headers are at fault, as far as they can be read. */
function attributesIn(message: JsMsg): [string, string[]][] {
  try {
    return attributesOf(headersOf(message));
  } catch (error) {
    if (error instanceof InvalidRequestError) return [];
    throw error;
  }
}

/** Text that a header can carry: one line of ASCII. */
function headerText(text: string): string {
  return text.slice(0, TEXT_CHARACTERS_MAX).replace(/[^\x20-\x7e]/g, '?');
}
