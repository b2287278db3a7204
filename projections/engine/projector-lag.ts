import type { Clock } from '../../shared/ports/clock.js';
import type { EventStore, SubscriptionBatch } from '../../shared/ports/event-store.js';
import type { ProjectorProgress } from '../../shared/ports/projector-status.js';

/** Keeps account of how far a projector has come. */
export class ProjectorLag {
  private position: string | undefined;
  private caughtUp = false;
  private lastError: string | undefined;
  /** When the oldest event that is known and not yet taken in was recorded. */
  private waitingSinceMs: number | undefined;
  private lagEvents = 0;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly parking: { readonly count: number },
  ) {}

  status(): ProjectorProgress {
    const { position, caughtUp, lastError, waitingSinceMs } = this;
    return {
      position,
      lagMs: waitingSinceMs === undefined ? 0 : Math.max(0, this.clock.nowMs() - waitingSinceMs),
      ...(this.store.capabilities.countEvents && { lagEvents: this.lagEvents }),
      caughtUp,
      parkedStreams: this.parking.count,
      ...(lastError !== undefined && { lastError }),
    };
  }

  /** It begins, or goes on, after this position. */
  resumed(position: string | undefined): void {
    this.position = position;
  }

  received({ events }: SubscriptionBatch): void {
    const first = events[0];
    if (first === undefined) return;
    this.waitingSinceMs = recordedAtMs(first.metadata);
    this.lagEvents = Math.max(this.lagEvents, events.length);
  }

  async took({ events, position, caughtUp }: SubscriptionBatch): Promise<void> {
    this.position = position ?? this.position;
    this.lastError = undefined;
    if (caughtUp) {
      this.caughtUp = true;
      this.waitingSinceMs = undefined;
      this.lagEvents = 0;
      return;
    }
    // What comes next is not known yet, but it was recorded after what came last.
    const last = events.at(-1);
    if (last !== undefined) this.waitingSinceMs = recordedAtMs(last.metadata);
    const { capabilities } = this.store;
    if (capabilities.countEvents === undefined) return;
    this.lagEvents = capabilities.countEvents(this.position, await this.store.lastPosition());
  }

  failed(reason: string): void {
    this.lastError = reason;
  }
}

function recordedAtMs({ recorded_at = '' }: Record<string, string>): number | undefined {
  const time = Date.parse(recorded_at);
  return Number.isNaN(time) ? undefined : time;
}
