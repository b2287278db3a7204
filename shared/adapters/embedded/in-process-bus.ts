import { UnavailableError } from '../../contracts/errors.js';
import type { MessageBus, RequestContext, RequestHandler } from '../../ports/message-bus.js';

/** How many requests may be under way at once; further ones are told to come again. */
const REQUESTS_MAX = 10_000;

/**
 * The message bus of a single process: requests are handed over as they are, without being encoded. A handler must not
 * change what it is given.
 */
export class InProcessBus implements MessageBus {
  private readonly handlers = new Map<string, RequestHandler[]>();
  private readonly underWay = new Set<Promise<unknown>>();
  private closed = false;

  async request(subject: string, data: object, context: RequestContext): Promise<unknown> {
    if (this.closed) throw new UnavailableError('The message bus is closed');
    if (context.deadlineMs <= Date.now())
      throw new UnavailableError(`No answer on ${subject} before the deadline`);
    const handlers = this.handlers.get(subject);
    const handler = handlers?.shift();
    if (handlers === undefined || handler === undefined)
      throw new UnavailableError(`Nobody answers on ${subject}`);
    // Several that answer take turns.
    handlers.push(handler);
    if (this.underWay.size >= REQUESTS_MAX) {
      throw new UnavailableError(`More than ${REQUESTS_MAX} requests are under way`);
    }
    const work = started(handler, data, context);
    this.underWay.add(work);
    try {
      return await withinDeadline(work, subject, context.deadlineMs);
    } catch (cause) {
      if (cause instanceof UnavailableError) throw cause;
      throw new UnavailableError(`The request on ${subject} failed`, { cause });
    } finally {
      const done = (): boolean => this.underWay.delete(work);
      // The caller may have given up on it, but it is under way until it ends.
      work.then(done, done);
    }
  }

  respond(subject: string, handler: RequestHandler): Promise<() => Promise<void>> {
    if (this.closed) return Promise.reject(new UnavailableError('The message bus is closed'));
    const handlers = this.handlers.get(subject) ?? [];
    this.handlers.set(subject, handlers);
    handlers.push(handler);
    return Promise.resolve(async () => {
      const at = handlers.indexOf(handler);
      if (at !== -1) handlers.splice(at, 1);
      await this.drain();
    });
  }

  ready(): boolean {
    return !this.closed && [...this.handlers.values()].some((handlers) => handlers.length > 0);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drain();
  }

  private async drain(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }
}

/** A handler may also throw at once. */
async function started(handler: RequestHandler, data: unknown, context: RequestContext): Promise<unknown> {
  return handler(data, context);
}

/** The longest that a timer of Node can wait; a later deadline is none. */
const TIMER_MS_MAX = 2 ** 31 - 1;

async function withinDeadline<Result>(
  work: Promise<Result>,
  subject: string,
  deadlineMs: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const late = (): void => reject(new UnavailableError(`No answer on ${subject} before the deadline`));
    timer = setTimeout(late, Math.min(deadlineMs - Date.now(), TIMER_MS_MAX));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
