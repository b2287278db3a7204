import type { Caller } from '../contracts/caller.js';
import type { JsonText } from '../contracts/json-text.js';
import type { JsonValue } from '../domain/json.js';

/**
 * Answers one request. An `InvalidRequestError` that it throws reaches the caller as one, all else as an
 * `UnavailableError`.
 */
export type RequestHandler = (data: unknown, context: RequestContext) => Promise<unknown>;

/** What travels beside a request's data: who asks, until when, and in what course. */
export interface RequestContext extends Caller {
  /** When the caller stops waiting, in milliseconds since 1970; a request whose deadline has passed is not carried out. */
  deadlineMs: number;
  /** What the request belongs to, as W3C Trace Context has it, where the caller says so. */
  traceparent?: string | undefined;
}

/** How a request is sent. */
export interface RequestOptions extends RequestContext {
  /**
   * Whether the reply may come as a `JsonText`, from a bus that has it as text: who only passes it on need not have it
   * read, and written anew.
   */
  replyAsText?: boolean;
}

/** Request and reply between the services. */
export interface MessageBus {
  /** How large a request may be, in bytes of its JSON, where there is a limit: a longer list is sent in parts. */
  readonly requestBytesMax?: number;

  /**
   * Sends a request and waits for its reply.
   *
   * @param data Travels as JSON. A `JsonText` is sent as it is and read, strictly, by who answers: the handler is given
   *   the value, with a `RefusedJson` for each item of a list that is no such JSON, and is not called when the text is none.
   * @throws UnavailableError when nobody answers, the handler fails, or the deadline passes: the effect is then unknown.
   * @throws InvalidRequestError when a `JsonText` can't be read, or the request is larger than the bus can carry.
   */
  request(subject: string, data: JsonValue | object | JsonText, options: RequestOptions): Promise<unknown>;

  /**
   * Answers requests on a subject, sharing them with every other process that does. The handler is told of who asks what is
   * believed on the subject (`believedOn`). Answers how to stop it.
   */
  respond(subject: string, handler: RequestHandler): Promise<() => Promise<void>>;

  /** Whether requests can be expected to get through. */
  ready(): boolean;

  /** Stops taking requests, waits for those under way, lets go of the connection. Idempotent. */
  close(): Promise<void>;
}
