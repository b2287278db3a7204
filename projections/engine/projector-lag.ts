import type { Clock } from '../../shared/core/ports/clock.js';
import type { SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { ProjectorProgress } from '../../shared/core/ports/projector-status.js';

/**
 * So long an end of the ledger may be known that was not come to, or a look for it go without an answer: what concerns
 * nobody is passed a moment later. Twice the time between two looks.
 */
const END_MS_MAX = 2_000;

/** Keeps account of how far a projector has come. */
export class ProjectorLag {
  /** Whether it has found out where to go on: until then it knows nothing of what there is. */
  hasBegun = false;
  private position: string | undefined;
  private caughtUp = false;
  private lastError: string | undefined;
  /** Since when there may be something that is not yet taken in. */
  private waitingSinceMs: number | undefined;
  /** An end of the ledger that it has not come to, and since when that is known. */
  private ahead: { end: string; sinceMs: number } | undefined;
  /** Since when it is not known where the ledger ends. */
  private lookingSinceMs: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly parking: { readonly count: number },
    /** Whether what there is may be a part of what there should be: not known before it has begun. */
    private rebuilding: boolean,
  ) {}

  status(): ProjectorProgress {
    const { position, caughtUp, rebuilding, lastError } = this;
    return {
      position,
      lagMs: this.lagMs(),
      caughtUp,
      parkedStreams: this.parking.count,
      ...(rebuilding && { rebuilding }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  private lagMs(): number {
    const nowMs = this.clock.nowMs();
    const since = (sinceMs = nowMs): number => Math.max(0, nowMs - sinceMs);
    const unheardMs = Math.max(since(this.ahead?.sinceMs), since(this.lookingSinceMs));
    return Math.max(since(this.waitingSinceMs), unheardMs > END_MS_MAX ? unheardMs : 0);
  }

  /** It begins, or goes on, after this position. @param partial As `LedgerWork.isPartial`. */
  resumed(position: string | undefined, partial: boolean): void {
    this.hasBegun = true;
    this.position = position;
    this.rebuilding = partial;
  }

  /** What was taken in is gone. */
  lost(): void {
    this.rebuilding = true;
    this.caughtUp = false;
  }

  received({ events }: SubscriptionBatch): void {
    const first = events[0];
    if (first === undefined) return;
    this.waitingSinceMs = recordedAtMs(first.metadata);
  }

  took({ events, position, caughtUp }: SubscriptionBatch): void {
    this.position = position ?? this.position;
    this.lastError = undefined;
    if (this.ahead !== undefined && !this.isBefore(this.ahead.end)) this.ahead = undefined;
    if (caughtUp) {
      this.caughtUp = true;
      this.rebuilding = false;
      this.waitingSinceMs = this.clock.nowMs();
      return;
    }
    // What comes next is not known yet, but it was recorded after what came last.
    const last = events.at(-1);
    if (last !== undefined) this.waitingSinceMs = recordedAtMs(last.metadata);
  }

  /** It listens for what comes, with nothing left to take in. */
  listening(): void {
    this.waitingSinceMs = undefined;
  }

  /** It looks where the ledger ends. */
  looks(): void {
    this.lookingSinceMs ??= this.clock.nowMs();
  }

  /** The ledger ends there. */
  sawEnd(end: string | undefined): void {
    this.lookingSinceMs = undefined;
    if (end === undefined || !this.isBefore(end)) this.ahead = undefined;
    else this.ahead ??= { end, sinceMs: this.clock.nowMs() };
  }

  private isBefore(position: string): boolean {
    return this.position === undefined || this.position < position;
  }

  /** It does not hear of what comes. */
  failed(reason: string): void {
    this.lastError = reason;
    this.waitingSinceMs ??= this.clock.nowMs();
  }
}

function recordedAtMs({ recorded_at = '' }: Record<string, string>): number | undefined {
  const time = Date.parse(recorded_at);
  return Number.isNaN(time) ? undefined : time;
}
