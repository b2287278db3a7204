import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../shared/core/ports/clock.js';
import type {
  ProjectorHeartbeat,
  ProjectorHeartbeats,
  ProjectorProgress,
  ProjectorStatus,
} from '../../shared/core/ports/projector-status.js';

/** How often a projector says how far it has come, and how often others look. */
export const HEARTBEAT_DELAY_MS = 1_000;
/** A projector that has said nothing for so long is gone, or can't reach the read model. */
const SILENCE_MS_MAX = 5_000;

interface StoredStatusOptions {
  heartbeats: ProjectorHeartbeats;
  /** The projection's name. */
  projection: string;
  clock: Clock;
}

/** How far a projector in another process has come, as of a second or two ago. */
export interface StoredProjectorStatus extends ProjectorStatus {
  /** Stops looking. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Looks once a second at what the projector last said of itself. While it says nothing, the lag grows with its silence,
 * and after 5 s it counts as standing still.
 */
export function storedProjectorStatus(options: StoredStatusOptions): StoredProjectorStatus {
  const { heartbeats, projection, clock } = options;
  const stopping = new AbortController();
  const startedAtMs = clock.nowMs();
  let last: ProjectorHeartbeat | undefined;
  let heardAtMs = startedAtMs;
  let trouble: string | undefined;

  const look = async (): Promise<void> => {
    try {
      const found = await heartbeats.readHeartbeat(projection);
      trouble = undefined;
      if (found === undefined || found.atMs === last?.atMs) return;
      // Clocks of two machines differ, so that only the first heartbeat, which may be old, is held against ours.
      heardAtMs = last === undefined ? Math.min(clock.nowMs(), found.atMs) : clock.nowMs();
      last = found;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
  };
  const untilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look();
      await delay(HEARTBEAT_DELAY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = untilStopped();
  return {
    status: () => progressOf(last, clock.nowMs() - heardAtMs, trouble),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function progressOf(
  last: ProjectorHeartbeat | undefined,
  silentMs: number,
  trouble: string | undefined,
): ProjectorProgress {
  const said =
    silentMs > SILENCE_MS_MAX ? `No projector has been heard of for ${silentMs} ms` : last?.lastError;
  const lastError = trouble ?? said;
  if (last === undefined) {
    const unknown = { position: undefined, lagMs: silentMs, caughtUp: false, parkedStreams: 0 };
    return { ...unknown, ...(lastError !== undefined && { lastError }) };
  }
  const { position, lagMs, caughtUp, parkedStreams } = last;
  return {
    position,
    lagMs: silentMs > SILENCE_MS_MAX ? lagMs + silentMs : lagMs,
    caughtUp,
    parkedStreams,
    ...(lastError !== undefined && { lastError }),
  };
}
