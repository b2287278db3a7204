import { runUnderLease } from '../../projections/engine/run-under-lease.js';
import { startFeed } from '../../projections/feed/start-feed.js';
import { projectorCheck } from '../../services/query/health/health-checks.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import { openFeedOutlet } from '../engines.js';
import type { Process } from './process.js';

/**
 * Starts the feed under a lease, so that standby feeds do not read for nothing. The lease is had where the feed goes: it needs
 * nothing of the read model. Without NATS there is none.
 */
export async function startFeedRole(
  { deps, clock, checks, metrics }: Process,
  store: EventStore,
): Promise<void> {
  const opened = await openFeedOutlet(deps);
  if (opened === undefined) return;
  const { outlet } = opened;
  const { lifecycle, logger } = deps;
  const leases = metrics.leases.watched(opened.leases);
  const start = (): ReturnType<typeof startFeed> => startFeed({ store, outlet, clock, logger });
  const work = runUnderLease({ leases, name: 'feed', start, logger });
  lifecycle.started('feed', () => work.stop());
  const status = (): FeedStatus => work.current()?.status();
  metrics.watchFeed(status);
  checks.feed = () => {
    const feed = status();
    // Another process works; this one is well as long as it stands by.
    return feed === undefined ? { ok: true, standby: true } : projectorCheck({ status: () => feed })();
  };
}

/** How the feed is doing; `undefined` while another process works. */
type FeedStatus = ReturnType<ReturnType<typeof startFeed>['status']> | undefined;
