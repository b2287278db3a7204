import clientMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import type streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';
import {
  LedgerDeniedError,
  LedgerRefusalError,
  StreamDeletedError,
  TooLargeForLedgerError,
  UnavailableError,
} from '../../core/contracts/errors.js';
import { eventPosition } from './position.js';

/** What the store says of one append. */
export type AppendAnswer =
  /** The last event's place. For one that was there already the store may not know the position. */
  | { outcome: 'appended'; revision: number; position: string | undefined }
  | { outcome: 'conflict'; actualRevision: number | 'no_stream' };

const PACKED = 'event_store.client.';

/**
 * Reads one answer of the BatchAppend call.
 *
 * @throws TooLargeForLedgerError when the append is too large for this store.
 * @throws StreamDeletedError, LedgerDeniedError or LedgerRefusalError for what holds until somebody has seen to it.
 * @throws UnavailableError for every other answer: the effect is unknown.
 */
export function appendAnswer(stream: string, response: streamMessages.BatchAppendResp): AppendAnswer {
  const success = response.getSuccess();
  if (success !== undefined) {
    const commit = success.getPosition()?.getCommitPosition();
    return {
      outcome: 'appended',
      revision: Number(success.getCurrentRevision()),
      position: eventPosition(commit === undefined ? undefined : BigInt(commit)),
    };
  }
  const status = response.getError();
  const details = status?.getDetails();
  const name = details?.getTypeName() ?? '';
  const packed = details?.getValue_asU8() ?? new Uint8Array();
  switch (name) {
    case `${PACKED}WrongExpectedVersion`: {
      const wrong = clientMessages.WrongExpectedVersion.deserializeBinary(packed);
      const actualRevision = wrong.hasCurrentStreamRevision()
        ? Number(wrong.getCurrentStreamRevision())
        : 'no_stream';
      return { outcome: 'conflict', actualRevision };
    }
    case `${PACKED}MaximumAppendSizeExceeded`: {
      const bytesMax = clientMessages.MaximumAppendSizeExceeded.deserializeBinary(packed).getMaxappendsize();
      throw new TooLargeForLedgerError(
        `An append to ${stream} must have at most ${bytesMax} bytes (KurrentDB's MaxAppendSize)`,
      );
    }
    case `${PACKED}StreamDeleted`:
      throw new StreamDeletedError(stream);
    case `${PACKED}AccessDenied`:
      throw new LedgerDeniedError(`KurrentDB does not let this user append to ${stream}`);
    case `${PACKED}BadRequest`: {
      const why = clientMessages.BadRequest.deserializeBinary(packed).getMessage();
      throw new LedgerRefusalError('ledger_refused', `KurrentDB refused the append to ${stream}: ${why}`);
    }
    default:
      throw new UnavailableError(
        `KurrentDB refused the append to ${stream}: ${name.slice(PACKED.length)} ${status?.getMessage() ?? ''}`,
      );
  }
}
