import { useSeconds } from '../live/use-seconds.js';
import { ago, duration } from '../state/time.js';
import { POLL_MS, type Connection } from '../state/reconnect.js';

/** How fresh the list is: connected or not, how far the read model is behind, and up to which place in the ledger. */
export function Freshness({
  connection,
  whyPolled = POLLING_WHY,
  lagMs,
  position,
}: {
  connection: Connection;
  /** Why it is polling, where that is known. */
  whyPolled: string | undefined;
  lagMs: number;
  position: string;
}) {
  return (
    <div
      class={`freshness freshness-${connection.state}`}
      title={connection.state === 'polling' ? whyPolled : undefined}
    >
      <svg class="signal" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
        {connection.state === 'disconnected' ? (
          <path d="M3 3l10 10M13 3L3 13" />
        ) : (
          <circle cx="8" cy="8" r="5" />
        )}
      </svg>
      <b>{NAMES[connection.state]}</b>
      {(connection.state === 'live' || connection.state === 'polling') && (
        <span class="lag">lag {duration(lagMs)}</span>
      )}
      {position !== '' && (
        <span class="position" title="Place in the ledger up to which the list is true">
          at {position.replace(/^0+(?=.)/, '')}
        </span>
      )}
    </div>
  );
}

const POLLING_WHY =
  'No event stream comes through; a proxy may hold it back. The newest tasks are asked for again and again instead.';

const NAMES: Record<Connection['state'], string> = {
  connecting: 'Connecting',
  live: 'Live',
  polling: `Polling every ${duration(POLL_MS)}`,
  paused: 'Paused',
  disconnected: 'Not connected',
};

/** Says that the list is not kept up to date, since when, and what is done about it. */
export function Disconnected({
  connection,
  onRetry,
}: {
  connection: Extract<Connection, { state: 'disconnected' }>;
  onRetry: () => void;
}) {
  const nowMs = useSeconds();
  const waitS = Math.ceil((connection.retryAtMs - nowMs) / 1000);
  return (
    <div class="disconnected">
      <span>
        <b>Not connected.</b> {connection.why}. The list is as it was {ago(nowMs - connection.sinceMs)}
        {waitS > 0 ? `; next attempt in ${waitS} s.` : '; connecting…'}
      </span>
      <button type="button" onClick={onRetry}>
        Connect now
      </button>
    </div>
  );
}
