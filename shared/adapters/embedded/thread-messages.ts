import type { MessagePort } from 'node:worker_threads';
import type { ThreadMessage } from './thread-message.js';

/** So many messages go together at most: the other end shall not wait for more of them while it has nothing to do. */
const TOGETHER_MAX = 8;

/**
 * Sends messages over a port, in their order. The first of a turn of the event loop goes at once; those that follow it in
 * the same turn go together, since to send one, and to wake the thread that takes it, costs more than what most of them say.
 */
export class ThreadMessages {
  private waiting: ThreadMessage[] = [];
  /** Whether this turn has sent something, so that its end is waited for. */
  private turnHasBegun = false;

  constructor(private readonly port: MessagePort) {}

  /** Calls back with each message that comes in, in the order sent. */
  receive(take: (message: ThreadMessage) => void): void {
    this.port.on('message', (messages: readonly ThreadMessage[]) => {
      for (const message of messages) take(message);
    });
  }

  send(message: ThreadMessage): void {
    if (!this.turnHasBegun) {
      this.turnHasBegun = true;
      setImmediate(this.endTurn);
      this.port.postMessage([message]);
    } else if (this.waiting.push(message) === TOGETHER_MAX) {
      this.flush();
    }
  }

  /** Sends what waits, and then nothing more. */
  close(): void {
    this.flush();
    this.port.close();
  }

  private readonly endTurn = (): void => {
    this.turnHasBegun = false;
    this.flush();
  };

  private flush(): void {
    if (this.waiting.length === 0) return;
    this.port.postMessage(this.waiting);
    this.waiting = [];
  }
}
