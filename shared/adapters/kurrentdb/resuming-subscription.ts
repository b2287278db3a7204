import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerError, UnavailableError } from '../../contracts/errors.js';
import type { SubscribeOptions, SubscriptionBatch } from '../../ports/event-store.js';
import type { KurrentDbConnection } from './connection.js';
import { asUnavailable } from './deadline.js';
import { BEFORE_ALL, parsePosition } from './position.js';
import { SubscriptionLink, type SubscriberState } from './subscription-link.js';

/** How long a subscription that has lost its connection tries to get it back before it gives up. */
export const RESUME_MS_MAX = 30_000;

const RETRY_DELAY_MS_MIN = 100;
const RETRY_DELAY_MS_MAX = 2_000;

/**
 * All events after a position and then those that come, across lost connections: each time it goes on after the position
 * that was given last, so that nothing is left out and nothing comes twice. Ends quietly when the signal fires.
 *
 * @param lastPosition Asks the store for the position of its last event.
 * @throws UnavailableError when the store is away at the start, or for longer than `RESUME_MS_MAX`.
 * @throws InvalidRequestError for a position that is none.
 */
export async function* resumingSubscription(
  connection: KurrentDbConnection,
  { afterPosition, streamPrefix = '' }: SubscribeOptions,
  lastPosition: () => Promise<string | undefined>,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionBatch> {
  if (afterPosition !== undefined) parsePosition(afterPosition);
  const state: SubscriberState = { position: afterPosition ?? BEFORE_ALL, toldCaughtUp: false };
  /** When it must be back, while it is lost; at the start there is nothing to get back. */
  let untilMs = 0;
  let retryDelayMs = RETRY_DELAY_MS_MIN;
  while (!signal.aborted) {
    const { client } = connection;
    let link: SubscriptionLink | undefined;
    try {
      // Asked before, so that whoever has caught up has at least come so far, even if the filter left all of it out.
      const known = await lastPosition();
      link = await SubscriptionLink.open(client, state, streamPrefix, known);
      untilMs = Infinity;
      retryDelayMs = RETRY_DELAY_MS_MIN;
      for (;;) {
        const batch = await link.next(signal);
        if (batch === undefined) return;
        yield batch;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TaskledgerError && !(error instanceof UnavailableError)) throw error;
      connection.failed(client, error);
      if (untilMs === Infinity) untilMs = Date.now() + RESUME_MS_MAX;
      if (Date.now() >= untilMs) throw asUnavailable('a subscription', error);
      await delay(retryDelayMs, undefined, { signal }).catch(() => undefined);
      retryDelayMs = Math.min(retryDelayMs * 2, RETRY_DELAY_MS_MAX);
    } finally {
      link?.close();
    }
  }
}
