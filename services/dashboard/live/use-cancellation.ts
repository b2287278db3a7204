import { useEffect, useState } from 'preact/hooks';
import { ApiError, getCancellation } from '../api/client.js';
import type { Cancellation } from '../api/types.js';
import { reconnectDelayMs } from '../state/reconnect.js';

/** How often a bulk cancel that is being carried out is looked at. */
const LOOK_MS = 300;

/** A bulk cancel, looked at again while it is being carried out. Another `turn` looks at once. */
export function useCancellation(
  id: string | undefined,
  turn: number,
): { cancellation: Cancellation | undefined; error: string } {
  const [shown, setShown] = useState<{ id?: string; cancellation?: Cancellation; error: string }>({
    error: '',
  });
  useEffect(() => {
    if (id === undefined) return undefined;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let attempt = 0;
    const look = async (): Promise<void> => {
      try {
        const cancellation = await getCancellation(id, ended.signal);
        attempt = 0;
        setShown({ id, cancellation, error: '' });
        if (cancellation.state === 'running') timer = setTimeout(() => void look(), LOOK_MS);
      } catch (error) {
        if (ended.signal.aborted) return;
        const { message } = error as Error;
        setShown((before) => ({ ...(before.id === id ? before : {}), id, error: message }));
        if (error instanceof ApiError && error.passing)
          timer = setTimeout(() => void look(), reconnectDelayMs(attempt++));
      }
    };
    void look();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [id, turn]);
  return shown.id === id && id !== undefined
    ? { cancellation: shown.cancellation, error: shown.error }
    : { cancellation: undefined, error: '' };
}
