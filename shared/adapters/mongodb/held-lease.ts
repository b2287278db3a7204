import { setTimeout as delay } from 'node:timers/promises';
import type { Lease, LeaseLoss } from '../../core/ports/lease.js';

const RENEWALS_PER_TTL = 4;
/** The part of its time after which a holder that could not renew gives up. */
const HELD_PART = 0.8;

export interface HeldLeaseOptions {
  epoch: number;
  ttlMs: number;
  /** `performance.now()` before the lease was asked for. */
  sentAtMs: number;
  /** Answers false when another process has the lease, or there is none any more. */
  renew: () => Promise<boolean>;
  release: () => Promise<void>;
}

/** A lease that this process has, and renews until it is released or lost. */
export class HeldLease implements Lease {
  readonly epoch: number;
  private readonly losing = new AbortController();
  private readonly ended = new AbortController();
  private readonly renewing: Promise<void>;
  private deadline: NodeJS.Timeout | undefined;
  private releasing: Promise<void> | undefined;

  constructor(private readonly options: HeldLeaseOptions) {
    this.epoch = options.epoch;
    this.holdsSince(options.sentAtMs);
    this.renewing = this.keep();
  }

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  release(): Promise<void> {
    return (this.releasing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    this.end();
    await this.renewing;
    if (!this.lost.aborted) await this.options.release().catch(() => undefined);
  }

  private async keep(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      await delay(this.options.ttlMs / RENEWALS_PER_TTL, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const sentAtMs = performance.now();
      try {
        if (await this.options.renew()) this.holdsSince(sentAtMs);
        else this.lose('taken');
      } catch {
        // It is tried again until the time is over.
      }
    }
  }

  private holdsSince(sentAtMs: number): void {
    if (this.ended.signal.aborted) return;
    clearTimeout(this.deadline);
    const leftMs = sentAtMs + this.options.ttlMs * HELD_PART - performance.now();
    if (leftMs <= 0) this.lose('not_renewed');
    else this.deadline = setTimeout(() => this.lose('not_renewed'), leftMs);
  }

  private lose(loss: LeaseLoss): void {
    this.end();
    this.losing.abort(loss);
  }

  private end(): void {
    clearTimeout(this.deadline);
    this.ended.abort();
  }
}
