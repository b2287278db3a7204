import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { HEARTBEATS_MAX } from '../../shared/core/contracts/heartbeats.js';

/** How often there is a heartbeat of each task, in milliseconds. */
const BEAT_MS = 1_000;

/** Heartbeats of many tasks, over HTTP and NATS in turns, a thousand to a message. */
export class BeatingHearts {
  /** How often all of them have had one. */
  rounds = 0;
  /** The longest that a task was without one, in milliseconds: what a test may expect depends on it. */
  pauseMs = 0;
  private readonly stopping = new AbortController();
  private readonly beating: Promise<void>;

  constructor(
    private readonly urls: { http: string; nats: NatsConnection },
    /** Those that have one, by key. A test takes them out, and puts them in again. */
    readonly keys: Set<string>,
  ) {
    this.beating = this.beatUntilStopped();
    this.beating.catch(() => undefined);
  }

  /** Waits until so many more rounds are over. */
  async more(rounds: number): Promise<void> {
    const wanted = this.rounds + rounds;
    while (this.rounds < wanted) await Promise.race([delay(BEAT_MS / 20), this.beating]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.beating;
  }

  private async beatUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    let lastMs = performance.now();
    while (!signal.aborted) {
      const keys = [...this.keys];
      for (let at = 0; at < keys.length; at += HEARTBEATS_MAX)
        await this.beat(keys.slice(at, at + HEARTBEATS_MAX), (at / HEARTBEATS_MAX) % 2 === 0);
      this.rounds++;
      this.pauseMs = Math.max(this.pauseMs, performance.now() - lastMs);
      lastMs = performance.now();
      await delay(BEAT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async beat(tasks: readonly string[], overNats: boolean): Promise<void> {
    const body = JSON.stringify({ tasks });
    if (overNats) return this.urls.nats.publish('tasks.heartbeats', body);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.urls.http}/api/v1/heartbeats`, { method: 'POST', headers, body });
    if (response.status !== 202) throw new Error(`A heartbeat was answered ${response.status}`);
  }
}
