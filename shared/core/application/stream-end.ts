import type { Crypto } from '../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { verified } from './chain-verifier.js';

/**
 * The last event of a stream, verified with the one before it; `undefined` when there is none.
 *
 * @throws BrokenStreamError when it does not verify.
 */
export async function endOfStream(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  crypto: Pick<Crypto, 'sha256'>,
): Promise<RecordedEvent | undefined> {
  const read: RecordedEvent[] = [];
  for await (const event of store.readStream(stream, { direction: 'backwards', limit: 2 })) read.push(event);
  const [last, before] = read;
  if (last === undefined) return undefined;
  for await (const event of verified([last], crypto, before)) return event;
  return undefined;
}
