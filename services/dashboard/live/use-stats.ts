import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, getStats } from '../api/client.js';
import type { Stats } from '../api/types.js';

/** How often counts are asked for while things happen. */
const BUSY_MS = 1_000;
/** After so many of these they are asked for anyway: what the list's filter leaves out is counted too. */
const IDLE_TURNS = 5;

/** Counts, and of which project they are. */
export interface StatsShown {
  stats: Stats;
  lagMs: number;
  projectId: string;
}

/**
 * Counts of a project, or of all tasks with an empty `projectId`. They stand as they were while there is no answer.
 *
 * @param activity Another value each time that something happened.
 * @param onSilence Is told each time that there was no answer.
 */
export function useStats(
  projectId: string,
  visible: boolean,
  activity: unknown,
  onSilence: () => void,
): StatsShown | undefined {
  const [shown, setShown] = useState<StatsShown>();
  const newest = useRef(activity);
  newest.current = activity;
  useEffect(() => {
    if (!visible) return undefined;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [counted, turns] = [undefined as unknown, IDLE_TURNS];
    const turn = async (): Promise<void> => {
      if (newest.current !== counted || ++turns >= IDLE_TURNS) {
        [counted, turns] = [newest.current, 0];
        try {
          setShown({ ...(await getStats(projectId, ended.signal)), projectId });
        } catch (error) {
          if (error instanceof ApiError && error.status === 0) onSilence();
        }
      }
      if (!ended.signal.aborted) timer = setTimeout(() => void turn(), BUSY_MS);
    };
    void turn();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [projectId, visible]);
  return shown?.projectId === projectId ? shown : undefined;
}
