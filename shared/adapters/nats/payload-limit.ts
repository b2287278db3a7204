import { InvalidRequestError } from '../../core/contracts/errors.js';

/** How large a request of ours may be, in bytes of its JSON; whoever sends a list splits it. */
export const REQUEST_BYTES_MAX = 512 * 1024;

/** What headers may add to a message. */
const HEADER_BYTES_MAX = 8 * 1024;

/** The smallest `max_payload` that we can work with: the largest request, or an event with the state after it. */
export const PAYLOAD_BYTES_MIN = REQUEST_BYTES_MAX + HEADER_BYTES_MAX;

/** How many bytes of body a message may have on a server. */
export function bodyBytesMax(info: { max_payload: number } | undefined): number {
  return (info?.max_payload ?? PAYLOAD_BYTES_MIN) - HEADER_BYTES_MAX;
}

/**
 * Holds a body against the server's limit.
 *
 * @throws InvalidRequestError that says how large it may be.
 */
export function checkBody(body: Uint8Array, info: { max_payload: number } | undefined): void {
  const bytesMax = bodyBytesMax(info);
  if (body.length <= bytesMax) return;
  throw new InvalidRequestError(
    `The request has ${body.length} bytes; NATS carries at most ${bytesMax} (its max_payload, less the headers)`,
  );
}
