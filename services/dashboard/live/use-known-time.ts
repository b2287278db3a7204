import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useSeconds } from './use-seconds.js';

/** Since when what is shown is not kept up to date; `undefined` while it is. */
export const StaleSince = createContext<number | undefined>(undefined);

/** The time up to which what is shown is known: now, each second as long as `running`, or when the connection was lost. */
export function useKnownTime(running: boolean): number {
  const staleSinceMs = useContext(StaleSince);
  const nowMs = useSeconds(running && staleSinceMs === undefined);
  return staleSinceMs ?? nowMs;
}
