import { setTimeout as delay } from 'node:timers/promises';
import { NO_STREAM } from './event-log.mjs';
import { Any, google, grpc, shared, Status, streams } from './generated.mjs';
import { identifierOf, nameOf, proposedEvent } from './messages.mjs';

const { AppendResp, BatchAppendResp } = streams;

/** Append: one call for one append, its events one by one. */
export function append(log, rules) {
  return (call, callback) => {
    let options;
    const proposed = [];
    call.on('data', (request) => {
      if (request.hasOptions()) options = request.getOptions();
      else proposed.push(proposedEvent(request.getProposedMessage()));
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      const expected = expectedOf(options, options.getRevision());
      log.append(nameOf(options.getStreamIdentifier()), expected, proposed).then(async (outcome) => {
        if ('dropped' in outcome) {
          await delay(rules.commitTimeoutMs);
          callback({ code: grpc.status.ABORTED, details: 'Timeout' });
        } else callback(null, appendResponse(outcome, options));
      }, callback);
    });
  };
}

function appendResponse(outcome, options) {
  const response = new AppendResp();
  if ('actual' in outcome) {
    const wrong = new AppendResp.WrongExpectedVersion();
    if (outcome.actual === NO_STREAM) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(outcome.actual));
    if (options.hasRevision()) wrong.setExpectedRevision(options.getRevision());
    else wrong.setExpectedNoStream(new shared.Empty());
    response.setWrongExpectedVersion(wrong);
    return response;
  }
  const success = new AppendResp.Success();
  success.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) success.setNoPosition(new shared.Empty());
  else success.setPosition(positionOf(AppendResp.Position, outcome.position));
  response.setSuccess(success);
  return response;
}

/** BatchAppend: any number of appends in one call, told apart by their correlation ids, each in one or more messages. */
export function batchAppend(log, rules) {
  return (call) => {
    const begun = new Map();
    let pending = 0;
    let ended = false;
    const endWhenDone = () => {
      if (ended && pending === 0) call.end();
    };
    call.on('data', (request) => {
      const id = request.getCorrelationId().getString();
      const entry = begun.get(id) ?? { options: request.getOptions(), proposed: [], bytes: 0 };
      begun.set(id, entry);
      for (const event of request.getProposedMessagesList().map(proposedEvent)) {
        entry.proposed.push(event);
        entry.bytes += event.type.length + event.data.length + event.metadata.length;
      }
      if (!request.getIsFinal()) return;
      begun.delete(id);
      pending++;
      void outcomeOf(log, rules, entry)
        .then((outcome) => call.write(batchResponse(request.getCorrelationId(), entry.options, outcome)))
        .finally(() => {
          pending--;
          endWhenDone();
        });
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      ended = true;
      endWhenDone();
    });
  };
}

async function outcomeOf(log, rules, { options, proposed, bytes }) {
  const stream = nameOf(options.getStreamIdentifier());
  if (rules.isUnanswered(stream)) return new Promise(() => undefined);
  if (rules.denies('write')) return { error: new shared.AccessDenied(), name: 'AccessDenied' };
  if (rules.isTombstoned(stream)) {
    const error = new shared.StreamDeleted();
    error.setStreamIdentifier(identifierOf(stream));
    return { error, name: 'StreamDeleted' };
  }
  if (bytes > rules.appendBytesMax) {
    const error = new shared.MaximumAppendSizeExceeded();
    error.setMaxappendsize(rules.appendBytesMax);
    return { error, name: 'MaximumAppendSizeExceeded' };
  }
  if (options.hasDeadline21100() && options.getDeadline21100().toDate().getTime() <= Date.now()) {
    return { error: new shared.Timeout(), name: 'Timeout' };
  }
  const expected = expectedOf(options, options.getStreamPosition());
  try {
    const outcome = await log.append(stream, expected, proposed);
    if ('dropped' in outcome) {
      await delay(rules.commitTimeoutMs);
      return { error: new shared.Timeout(), name: 'Timeout' };
    }
    return 'actual' in outcome
      ? { error: wrongExpectedVersion(outcome, options), name: 'WrongExpectedVersion' }
      : outcome;
  } catch {
    return { error: new shared.Unknown(), name: 'Unknown' };
  }
}

function wrongExpectedVersion({ actual }, options) {
  const wrong = new shared.WrongExpectedVersion();
  if (actual === NO_STREAM) wrong.setCurrentNoStream(new google.Empty());
  else wrong.setCurrentStreamRevision(String(actual));
  if (options.hasStreamPosition()) wrong.setExpectedStreamPosition(options.getStreamPosition());
  else wrong.setExpectedNoStream(new google.Empty());
  return wrong;
}

function batchResponse(correlationId, options, outcome) {
  const response = new BatchAppendResp();
  response.setCorrelationId(correlationId);
  response.setStreamIdentifier(identifierOf(nameOf(options.getStreamIdentifier())));
  if ('error' in outcome) {
    const details = new Any();
    details.pack(outcome.error.serializeBinary(), `event_store.client.${outcome.name}`);
    const status = new Status();
    status.setMessage(outcome.name);
    status.setCode(grpc.status.FAILED_PRECONDITION);
    status.setDetails(details);
    response.setError(status);
    return response;
  }
  const success = new BatchAppendResp.Success();
  success.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) success.setNoPosition(new google.Empty());
  else success.setPosition(positionOf(shared.AllStreamPosition, outcome.position));
  response.setSuccess(success);
  return response;
}

/** Both kinds of options name their cases alike, but for the revision itself. */
function expectedOf(options, revision) {
  if (options.hasNoStream()) return NO_STREAM;
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  return Number(revision);
}

function positionOf(Position, offset) {
  const position = new Position();
  position.setCommitPosition(String(offset));
  position.setPreparePosition(String(offset));
  return position;
}
