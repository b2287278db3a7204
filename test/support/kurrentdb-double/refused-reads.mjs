import { grpc } from './generated.mjs';
import { nameOf } from './messages.mjs';

/** Refuses reads as the real server does: by a status and the name of an exception in the trailers. */
export function refusingReads(rules, read) {
  return (call) => {
    const options = call.request.getOptions();
    const stream = options.hasStream() ? nameOf(options.getStream().getStreamIdentifier()) : '';
    if (rules.denies('read')) refuse(call, grpc.status.PERMISSION_DENIED, 'access-denied', stream);
    else if (rules.isTombstoned(stream)) {
      refuse(call, grpc.status.FAILED_PRECONDITION, 'stream-deleted', stream);
    } else read(call);
  };
}

function refuse(call, code, exception, stream) {
  const metadata = new grpc.Metadata();
  metadata.set('exception', exception);
  metadata.set('stream-name', stream);
  call.emit('error', { code, details: exception, metadata });
}
