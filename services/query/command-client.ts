import { InvalidRequestError, UnavailableError } from '../../shared/contracts/errors.js';
import type { CancelReply, CancelRequest, EventOutcome } from '../../shared/contracts/messages.js';
import { CANCEL_SUBJECT, INGEST_SUBJECT } from '../../shared/contracts/subjects.js';
import type { QueryDeps } from './query-deps.js';

/** The command service as the query service sees it: every write goes over the bus, with a deadline. */
export class CommandClient {
  constructor(
    private readonly deps: Pick<QueryDeps, 'bus' | 'clock'>,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Sends one event or a list.
   *
   * @returns What became of each, in the order sent.
   * @throws InvalidRequestError when the request as a whole was refused.
   * @throws UnavailableError when no answer came in time; sending it again is safe.
   */
  async ingest(events: object): Promise<EventOutcome[]> {
    const reply = (await this.request(INGEST_SUBJECT, events)) as
      EventOutcome[] | (CancelReply & { ok: false });
    if (Array.isArray(reply)) return reply;
    const { code, message } = reply.error;
    throw code === 'invalid_request' ? new InvalidRequestError(message) : new UnavailableError(message);
  }

  /** Cancels a task, or hears why not. */
  async cancel(request: CancelRequest): Promise<CancelReply> {
    return (await this.request(CANCEL_SUBJECT, request)) as CancelReply;
  }

  private request(subject: string, data: object): Promise<unknown> {
    return this.deps.bus.request(subject, data, { deadlineMs: this.deps.clock.nowMs() + this.timeoutMs });
  }
}
