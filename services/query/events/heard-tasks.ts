import type { Caller } from '../../../shared/core/contracts/caller.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { heardHeartbeats } from '../../../shared/core/contracts/heartbeats.js';
import type { Listener } from '../../../shared/core/ports/broadcast.js';
import type { Clock } from '../../../shared/core/ports/clock.js';
import { RecentCache } from '../../../shared/kit/recent-cache.js';

/**
 * What is remembered of heartbeats, in bytes. When half of it is full, what was heard of before is forgotten half by half: more
 * than 400,000 tasks with keys of 30 characters are remembered in any case.
 */
export const HEARD_BYTES_MAX = 128 * 1024 * 1024;

/** What remembering one name takes beside its characters, about. */
const ENTRY_BYTES = 100;

/** Of a character, at most. */
const CHARACTER_BYTES = 2;

/**
 * When there was a heartbeat of a task last, by the name that it was sent under. It is what this process has heard since it was
 * started: one that was missed is made up for by the next.
 */
export class HeardTasks implements Listener {
  private readonly heardMs: RecentCache<string, number>;

  /** @param clock The time of day. */
  constructor(
    private readonly clock: Clock,
    bytesMax = HEARD_BYTES_MAX,
  ) {
    this.heardMs = new RecentCache(bytesMax);
  }

  /**
   * When there was a heartbeat under one of these names last, in milliseconds since 1970; `undefined` when none is known.
   *
   * @param names A task's id in digits, and its key.
   */
  lastMs(names: readonly string[]): number | undefined {
    const known = names.map((name) => this.heardMs.get(name)).filter((ms) => ms !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  heard(data: unknown, caller: Caller): void {
    const nowMs = this.clock.nowMs();
    try {
      for (const name of heardHeartbeats(data, caller).tasks)
        this.heardMs.set(name, nowMs, ENTRY_BYTES + name.length * CHARACTER_BYTES);
    } catch (error) {
      // Each watchdog hears it too, and says so in the log.
      if (!(error instanceof InvalidRequestError)) throw error;
    }
  }

  /** The watchdogs say so. */
  unreadable(): void {}

  /** What is known stays right. */
  missed(): void {}
}
