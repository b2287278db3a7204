import type { MessagePort } from 'node:worker_threads';
import type { Caller } from '../../core/contracts/caller.js';
import { UnavailableError } from '../../core/contracts/errors.js';
import { JsonText } from '../../core/contracts/json-text.js';
import {
  UP_TO_DATE_MS_MAX,
  type Broadcast,
  type Listener,
  type Listening,
} from '../../core/ports/broadcast.js';
import { callerWaitMs, checkRoom, failureError, tooLate } from '../../core/ports/bus-refusals.js';
import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus, RequestHandler, RequestOptions } from '../../core/ports/message-bus.js';
import { within } from '../../kit/within.js';
import { DeadlineWatch } from './deadline-watch.js';
import { ThreadListeners } from './thread-listeners.js';
import type { ThreadMessage, ThreadReply } from './thread-message.js';
import { ThreadMessages } from './thread-messages.js';
import { ThreadResponder } from './thread-responder.js';

/**
 * One end of the message bus between two threads of a process; the other end is a `ThreadBus` on the other port of the
 * same channel. Either can ask what the other answers. Data travels as JSON, as it does between processes.
 *
 * When the other end closes or its thread ends, its requests are over: who waits for one gets an `UnavailableError`.
 */
export class ThreadBus implements MessageBus, Broadcast {
  private readonly responder: ThreadResponder;
  private readonly listeners: ThreadListeners;
  private readonly messages: ThreadMessages;
  /** On what the other end answers. */
  private readonly elsewhere = new Set<string>();
  /** On what it listens. */
  private readonly heardElsewhere = new Set<string>();
  /** What was asked and has no reply yet, by number. */
  private readonly asked = new Map<number, Asked>();
  /** How many of them somebody waits for. */
  private callers = 0;
  /** Called when nobody waits any more. */
  private onNoCaller: (() => void) | undefined;
  private readonly deadlines = new DeadlineWatch((nowMs) => this.giveUpLate(nowMs));
  private nextId = 0;
  private otherIsGone = false;
  private closing: Promise<void> | undefined;

  constructor(port: MessagePort, logger: Logger) {
    this.responder = new ThreadResponder(logger);
    this.listeners = new ThreadListeners(logger);
    this.messages = new ThreadMessages(port);
    this.messages.receive((message) => this.receive(message));
    port.on('close', () => this.otherHasGone());
  }

  request(subject: string, data: object | JsonText, options: RequestOptions): Promise<unknown> {
    const { replyAsText = false, ...context } = options;
    // Whatever is thrown in here rejects it.
    return new Promise((resolve, reject) => {
      if (this.closing !== undefined) throw new UnavailableError('The message bus is closed');
      const nowMs = Date.now();
      const lateMs = nowMs + callerWaitMs(subject, context.deadlineMs, nowMs);
      checkRoom(this.asked.size);
      if (!this.elsewhere.has(subject)) throw new UnavailableError(`Nobody answers on ${subject}`);
      const foreign = data instanceof JsonText;
      const text = foreign ? data.text : JSON.stringify(data);
      const id = this.ask({ subject, lateMs, replyAsText, resolve, reject });
      this.deadlines.watch(lateMs, nowMs);
      this.messages.send({ kind: 'request', id, subject, text, foreign, context });
    });
  }

  /** Answers when the other end has heard of it, so that requests from there get through from then on. */
  async respond(subject: string, handler: RequestHandler): Promise<() => Promise<void>> {
    if (this.closing !== undefined) throw new UnavailableError('The message bus is closed');
    // The same function may be given twice, and is stopped by itself all the same.
    const own: RequestHandler = (data, context) => handler(data, context);
    this.responder.add(subject, own);
    await this.announce('takes', subject);
    return async () => {
      this.responder.remove(subject, own);
      if (!this.responder.takes(subject)) this.messages.send({ kind: 'takes no more', subject });
      await this.responder.drained();
    };
  }

  tell(subject: string, data: object, caller: Caller): void {
    if (this.closing !== undefined) throw new UnavailableError('The message bus is closed');
    this.listeners.tell(subject, data, caller);
    if (this.heardElsewhere.has(subject))
      this.messages.send({ kind: 'word', subject, text: JSON.stringify(data), caller });
  }

  async listen(subject: string, listener: Listener): Promise<Listening> {
    if (this.closing !== undefined) throw new UnavailableError('The message bus is closed');
    if (this.listeners.add(subject, listener)) await this.announce('listens', subject);
    return {
      hears: () => this.closing === undefined,
      // What this end was told is heard at once; what the other end was told comes before the answer.
      upToDate: () => within(this.announce('listens', subject), UP_TO_DATE_MS_MAX, isSilent),
      stop: async () => {
        if (this.listeners.remove(subject, listener))
          this.messages.send({ kind: 'listens no more', subject });
      },
    };
  }

  /** Answers when the other end has heard of it. */
  private async announce(kind: 'takes' | 'listens', subject: string): Promise<void> {
    if (this.otherIsGone) return;
    await new Promise((resolve) => {
      // When the other end goes instead, nobody is left who would have to hear.
      const id = this.ask({ subject, lateMs: Infinity, replyAsText: true, resolve, reject: resolve });
      this.messages.send({ kind, id, subject });
    });
  }

  ready(): boolean {
    return this.closing === undefined && (this.elsewhere.size > 0 || this.responder.takes());
  }

  close(): Promise<void> {
    return (this.closing ??= this.drain());
  }

  private async drain(): Promise<void> {
    for (const subject of this.responder.subjects()) this.messages.send({ kind: 'takes no more', subject });
    this.responder.removeAll();
    await this.responder.drained();
    if (this.callers > 0) await new Promise<void>((resolve) => (this.onNoCaller = resolve));
    this.deadlines.stop();
    // What is sent after that goes nowhere: who waits for it is told by the port that closes.
    this.messages.close();
  }

  /**
   * Counts as under way until the reply has come, even if nobody waits for it any more: so the other end never has more
   * to do than it may have.
   */
  private ask(asked: Asked): number {
    const id = this.nextId++;
    this.asked.set(id, asked);
    this.callers++;
    return id;
  }

  private receive(message: ThreadMessage): void {
    switch (message.kind) {
      case 'request':
        return this.responder.take(message, (reply) => this.messages.send(reply));
      case 'answer':
      case 'failure':
        return this.settle(message);
      case 'word':
        return this.listeners.tell(message.subject, JSON.parse(message.text), message.caller);
      case 'takes':
        this.elsewhere.add(message.subject);
        return this.messages.send({ kind: 'answer', id: message.id, text: 'null' });
      case 'takes no more':
        return void this.elsewhere.delete(message.subject);
      case 'listens':
        this.heardElsewhere.add(message.subject);
        return this.messages.send({ kind: 'answer', id: message.id, text: 'null' });
      case 'listens no more':
        return void this.heardElsewhere.delete(message.subject);
    }
  }

  private settle(reply: ThreadReply): void {
    const asked = this.asked.get(reply.id);
    this.asked.delete(reply.id);
    if (asked === undefined || asked.isLate) return;
    if (reply.kind === 'answer')
      asked.resolve(asked.replyAsText ? new JsonText(reply.text) : JSON.parse(reply.text));
    else asked.reject(failureError(asked.subject, reply));
    this.callerHasGone();
  }

  /** Tells those that wait too long; answers until when the others do. */
  private giveUpLate(nowMs: number): number {
    let nextMs = Infinity;
    for (const asked of this.asked.values()) {
      if (asked.isLate) continue;
      if (asked.lateMs > nowMs) {
        nextMs = Math.min(nextMs, asked.lateMs);
        continue;
      }
      asked.isLate = true;
      asked.reject(tooLate(asked.subject));
      this.callerHasGone();
    }
    return nextMs;
  }

  private callerHasGone(): void {
    if (--this.callers === 0) this.onNoCaller?.();
  }

  private otherHasGone(): void {
    this.otherIsGone = true;
    this.elsewhere.clear();
    this.heardElsewhere.clear();
    for (const asked of this.asked.values()) {
      if (asked.isLate) continue;
      asked.reject(new UnavailableError('The other end of the message bus has gone'));
      this.callerHasGone();
    }
    this.asked.clear();
    this.deadlines.stop();
  }
}

function isSilent(): UnavailableError {
  return new UnavailableError('The other end of the message bus is silent');
}

/** What has no reply yet. */
interface Asked {
  subject: string;
  /** Until when somebody waits for it, in milliseconds since 1970. */
  lateMs: number;
  isLate?: boolean;
  replyAsText: boolean;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}
