import type { MessagePort } from 'node:worker_threads';
import { UnavailableError } from '../../contracts/errors.js';
import { JsonText } from '../../contracts/json-text.js';
import { callerWaitMs, checkRoom, failureError, tooLate } from '../../ports/bus-refusals.js';
import type { Logger } from '../../ports/logger.js';
import type { MessageBus, RequestContext, RequestHandler } from '../../ports/message-bus.js';
import type { ThreadMessage, ThreadReply } from './thread-message.js';
import { ThreadResponder } from './thread-responder.js';

/**
 * One end of the message bus between two threads of a process; the other end is a `ThreadBus` on the other port of the
 * same channel. Either can ask what the other answers. Data travels as JSON, as it does between processes.
 *
 * When the other end closes or its thread ends, its requests are over: who waits for one gets an `UnavailableError`.
 */
export class ThreadBus implements MessageBus {
  private readonly responder: ThreadResponder;
  /** On what the other end answers. */
  private readonly elsewhere = new Set<string>();
  /** What was asked and has no reply yet, by number. */
  private readonly asked = new Map<number, Asked>();
  /** The requests that somebody waits for. */
  private readonly callers = new Set<Promise<unknown>>();
  private nextId = 0;
  private otherIsGone = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly port: MessagePort,
    logger: Logger,
  ) {
    this.responder = new ThreadResponder(logger);
    port.on('message', (message: ThreadMessage) => this.receive(message));
    port.on('close', () => this.otherHasGone());
  }

  async request(subject: string, data: object | JsonText, { deadlineMs }: RequestContext): Promise<unknown> {
    if (this.closing !== undefined) throw new UnavailableError('The message bus is closed');
    const waitMs = callerWaitMs(subject, deadlineMs, Date.now());
    checkRoom(this.asked.size);
    if (!this.elsewhere.has(subject)) throw new UnavailableError(`Nobody answers on ${subject}`);
    const foreign = data instanceof JsonText;
    const text = foreign ? data.text : JSON.stringify(data);
    const { id, reply } = this.ask(subject);
    this.say({ kind: 'request', id, subject, text, foreign, deadlineMs });
    const inTime = within(waitMs, reply, subject);
    this.callers.add(inTime);
    try {
      return await inTime;
    } finally {
      this.callers.delete(inTime);
    }
  }

  /** Answers when the other end has heard of it, so that requests from there get through from then on. */
  async respond(subject: string, handler: RequestHandler): Promise<() => Promise<void>> {
    if (this.closing !== undefined) throw new UnavailableError('The message bus is closed');
    // The same function may be given twice, and is stopped by itself all the same.
    const own: RequestHandler = (data, context) => handler(data, context);
    this.responder.add(subject, own);
    if (!this.otherIsGone) {
      const { id, reply } = this.ask(subject);
      this.say({ kind: 'takes', id, subject });
      // When the other end goes instead, nobody is left who would have to hear.
      await reply.catch(() => undefined);
    }
    return async () => {
      this.responder.remove(subject, own);
      if (!this.responder.takes(subject)) this.say({ kind: 'takes no more', subject });
      await this.responder.drained();
    };
  }

  ready(): boolean {
    return this.closing === undefined && (this.elsewhere.size > 0 || this.responder.takes());
  }

  close(): Promise<void> {
    return (this.closing ??= this.drain());
  }

  private async drain(): Promise<void> {
    for (const subject of this.responder.subjects()) this.say({ kind: 'takes no more', subject });
    this.responder.removeAll();
    await this.responder.drained();
    await Promise.allSettled(this.callers);
    this.port.close();
  }

  /** What is said after the port was closed goes nowhere: who waits for it is told by the port that closes. */
  private say(message: ThreadMessage): void {
    this.port.postMessage(message);
  }

  /**
   * Counts as under way until the reply has come, even if nobody waits for it any more: so the other end never has more
   * to do than it may have.
   */
  private ask(subject: string): { id: number; reply: Promise<unknown> } {
    const id = this.nextId++;
    const reply = new Promise((resolve, reject) => this.asked.set(id, { subject, resolve, reject }));
    return { id, reply };
  }

  private receive(message: ThreadMessage): void {
    switch (message.kind) {
      case 'request':
        return this.responder.take(message, (reply) => this.say(reply));
      case 'answer':
      case 'failure':
        return this.settle(message);
      case 'takes':
        this.elsewhere.add(message.subject);
        return this.say({ kind: 'answer', id: message.id, text: 'null' });
      case 'takes no more':
        this.elsewhere.delete(message.subject);
    }
  }

  private settle(reply: ThreadReply): void {
    const asked = this.asked.get(reply.id);
    this.asked.delete(reply.id);
    if (reply.kind === 'answer') asked?.resolve(JSON.parse(reply.text));
    else asked?.reject(failureError(asked.subject, reply));
  }

  private otherHasGone(): void {
    this.otherIsGone = true;
    this.elsewhere.clear();
    for (const asked of this.asked.values())
      asked.reject(new UnavailableError('The other end of the message bus has gone'));
    this.asked.clear();
  }
}

/** What has no reply yet. */
interface Asked {
  subject: string;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

async function within<Result>(waitMs: number, work: Promise<Result>, subject: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate(subject)), waitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
