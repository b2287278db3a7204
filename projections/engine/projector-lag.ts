import type { Clock } from '../../shared/ports/clock.js';
import type { SubscriptionBatch } from '../../shared/ports/event-store.js';
import type { ProjectorProgress } from '../../shared/ports/projector-status.js';

/** Keeps account of how far a projector has come. */
export class ProjectorLag {
  private position: string | undefined;
  private caughtUp = false;
  private lastError: string | undefined;
  /** Since when there may be something that is not yet taken in. */
  private waitingSinceMs: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly parking: { readonly count: number },
    /** Whether what there is may be a part of what there should be: not known before it has begun. */
    private rebuilding: boolean,
  ) {}

  status(): ProjectorProgress {
    const { position, caughtUp, rebuilding, lastError, waitingSinceMs } = this;
    return {
      position,
      lagMs: waitingSinceMs === undefined ? 0 : Math.max(0, this.clock.nowMs() - waitingSinceMs),
      caughtUp,
      parkedStreams: this.parking.count,
      ...(rebuilding && { rebuilding }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  /** It begins, or goes on, after this position. @param partial As `LedgerWork.isPartial`. */
  resumed(position: string | undefined, partial: boolean): void {
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
