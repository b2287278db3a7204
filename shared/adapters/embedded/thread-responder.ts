import { parseSentJson } from '../../core/contracts/json-items.js';
import { believedOn } from '../../core/contracts/subject-trust.js';
import { checkDeadline, requestFailure } from '../../core/ports/bus-refusals.js';
import type { Logger } from '../../core/ports/logger.js';
import type { RequestHandler } from '../../core/ports/message-bus.js';
import { LoopTurns } from './loop-turns.js';
import type { ThreadReply, ThreadRequest } from './thread-message.js';

/**
 * How much is begun in one turn of the event loop, in characters: one batch, or some eight single events. A port hands over
 * many messages in one turn, and what they write can't go to the disk before the turn ends. Begun all at once, they would
 * make one long turn and then one large commit, with a disk that has nothing to do meanwhile; so the first of them are
 * written while the next begin.
 */
const TURN_CHARACTERS_MAX = 4096;

/** What one end of a `ThreadBus` answers. Each request gets a reply, whatever becomes of it. */
export class ThreadResponder {
  private readonly handlers = new Map<string, RequestHandler[]>();
  private readonly underWay = new Set<Promise<void>>();
  /** Those that wait are no more than the other end may have under way. */
  private readonly turns = new LoopTurns(TURN_CHARACTERS_MAX);

  constructor(private readonly logger: Logger) {}

  /** Whether requests on this subject, or on any, are taken. */
  takes(subject?: string): boolean {
    return subject === undefined ? this.handlers.size > 0 : this.handlers.has(subject);
  }

  /** The subjects on which requests are taken. */
  subjects(): string[] {
    return [...this.handlers.keys()];
  }

  /** Takes requests on a subject, in turn with every other handler of it. */
  add(subject: string, handler: RequestHandler): void {
    const handlers = this.handlers.get(subject) ?? [];
    this.handlers.set(subject, [...handlers, handler]);
  }

  /** Gives this handler no more requests. */
  remove(subject: string, handler: RequestHandler): void {
    const left = this.handlers.get(subject)?.filter((other) => other !== handler) ?? [];
    if (left.length > 0) this.handlers.set(subject, left);
    else this.handlers.delete(subject);
  }

  /** Takes no more requests at all. */
  removeAll(): void {
    this.handlers.clear();
  }

  /** Waits until every request that was taken has its reply. */
  async drained(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** Takes a request: it is carried out in its turn, also when the handler is removed before that. */
  take(request: ThreadRequest, reply: (reply: ThreadReply) => void): void {
    const { id, subject } = request;
    const handler = this.nextHandler(subject);
    if (handler === undefined) {
      reply({ kind: 'failure', id, code: 'unavailable', message: `Nobody answers on ${subject}` });
      return;
    }
    const work = this.carryOut(request, handler).then(
      (text) => {
        this.underWay.delete(work);
        reply({ kind: 'answer', id, text });
      },
      (error: unknown) => {
        this.underWay.delete(work);
        reply({ kind: 'failure', id, ...requestFailure(error, subject, this.logger) });
      },
    );
    this.underWay.add(work);
  }

  /** Several handlers of a subject take turns. */
  private nextHandler(subject: string): RequestHandler | undefined {
    const handlers = this.handlers.get(subject);
    const handler = handlers?.shift();
    if (handler !== undefined) handlers?.push(handler);
    return handler;
  }

  private async carryOut(request: ThreadRequest, handler: RequestHandler): Promise<string> {
    if (!this.turns.takeAtOnce(request.text.length)) await this.turns.wait(request.text.length);
    const { subject, text, foreign, context } = request;
    checkDeadline(context.deadlineMs, Date.now());
    const data: unknown = foreign ? parseSentJson(text) : JSON.parse(text);
    return JSON.stringify((await handler(data, believedOn(subject, context))) ?? null);
  }
}
