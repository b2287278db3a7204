import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { FEED_STREAM } from '../../../shared/adapters/nats/jetstream-feed.js';
import type { LedgerAudit } from '../ledger-audit.js';

const WAIT_MS_MAX = 5_000;

/** The ids of all events in the feed, in its order. */
export async function fedEvents(natsUrl: string): Promise<string[]> {
  const connection = await connect({ servers: natsUrl });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info(FEED_STREAM);
    const consumer = await jetstream(connection).consumers.get(FEED_STREAM);
    const ids: string[] = [];
    while (ids.length < state.messages) {
      const max_messages = Math.min(1_000, state.messages - ids.length);
      const before = ids.length;
      for await (const message of await consumer.fetch({ max_messages, expires: WAIT_MS_MAX }))
        ids.push(message.json<{ id: string }>().id);
      if (ids.length === before) throw new Error(`The feed gave ${before} of ${state.messages} messages`);
    }
    return ids;
  } finally {
    await connection.close();
  }
}

/** The ids of all events of tasks in a ledger, in its order. */
export function taskEventsOf({ streams }: LedgerAudit): string[] {
  return [...streams]
    .filter(([stream]) => stream.startsWith('task-'))
    .flatMap(([, events]) => events)
    .sort((one, other) => (one.position < other.position ? -1 : 1))
    .map(({ id }) => id);
}
