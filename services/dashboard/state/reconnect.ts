/** Whether what is shown is kept up to date. */
export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  /** Nothing of a stream comes through: the newest tasks are asked for again and again. */
  | { state: 'polling' }
  /** The tab is hidden: nobody looks, and browsers allow few connections to one server. */
  | { state: 'paused' }
  | { state: 'disconnected'; sinceMs: number; retryAtMs: number; why: string };

/** How often one looks where no stream comes through. */
export const POLL_MS = 3_000;
/** After so many times the stream is tried again. */
export const POLLS_BEFORE_STREAM = 20;

const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 15_000;

/** How long to wait before an attempt to connect again, the first being 0: twice as long each time, up to 15 s. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** Math.min(attempt, 10));
}
