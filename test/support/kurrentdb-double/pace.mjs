import { setTimeout as delay } from 'node:timers/promises';

/** Lets no more than so many through in a second, one after the other; without a rate all at once. */
export class Pace {
  #msEach;
  #dueMs = 0;

  /** @param {number | undefined} perSecond */
  constructor(perSecond) {
    this.#msEach = perSecond === undefined ? 0 : 1000 / perSecond;
  }

  /** Waits until it is the next one's turn. */
  async turn() {
    if (this.#msEach === 0) return;
    const nowMs = performance.now();
    // What was not used is lost, but for what a timer is late.
    this.#dueMs = Math.max(this.#dueMs + this.#msEach, nowMs - 2);
    if (this.#dueMs > nowMs) await delay(this.#dueMs - nowMs);
  }
}
