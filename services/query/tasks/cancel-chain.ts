import type { z } from 'zod';
import { CANCEL_RECEIPT_TYPE, CANCEL_SOURCE } from '../../../shared/core/application/cancel-receipt.js';
import { stateAfter } from '../../../shared/core/application/stored-event.js';
import { openFacts } from '../../../shared/core/application/stored-facts.js';
import { openMetadata } from '../../../shared/core/application/stored-metadata.js';
import { evidenceStream, taskStream } from '../../../shared/core/application/streams.js';
import { upcast } from '../../../shared/core/application/upcasters.js';
import { BrokenStreamError } from '../../../shared/core/contracts/errors.js';
import { effectiveTime } from '../../../shared/core/contracts/time.js';
import { statusBefore } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import type { taskCancelSchema } from './cancel-schema.js';
import { checkedEvents, type CheckedReads } from './checked-events.js';

/**
 * All that is known of a task's cancel, from who wanted it to how the worker took it. Its outcome is `honoured` where the worker
 * says that it stopped, `too_late` where it had come to another end, `unheard` where it has said neither so far, and `reported`
 * where nobody had asked by a command: the first that was heard counts.
 */
export type CancelChain = z.infer<typeof taskCancelSchema>;

/** Something that was said of a cancel: when, by whom and why. */
type Said = Omit<NonNullable<CancelChain['receipt']>, 'stopped_after_ms'>;

/** The ends that a worker may come to although its task was cancelled. */
const OTHER_ENDS = new Set<unknown>(['task.completed', 'task.failed']);

/**
 * The cancel of a task, out of the ledger and verified.
 *
 * @returns `null` for a task that is not cancelled.
 * @throws BrokenStreamError when something of what was read does not verify.
 */
export async function cancelChain(reads: CheckedReads, taskId: number): Promise<CancelChain | null> {
  const last = { direction: 'backwards', limit: 1 } as const;
  for await (const { event, fault } of checkedEvents(reads, taskStream(taskId), last)) {
    if (fault !== undefined) throw new BrokenStreamError(fault);
    return event.type === 'TaskCancelled' ? chainFrom(reads, taskId, event) : null;
  }
  return null;
}

async function chainFrom(
  reads: CheckedReads,
  taskId: number,
  cancelled: RecordedEvent,
): Promise<CancelChain> {
  const state = stateAfter(cancelled);
  const said = saidBy(cancelled);
  const isCommand = said.source === CANCEL_SOURCE;
  const chain: CancelChain = {
    outcome: isCommand ? 'unheard' : 'reported',
    requested: {
      ...said,
      attempt: state.attempt,
      cancellation_id: (isCommand ? cancelled.metadata.$correlationId : undefined) ?? null,
      was_running: statusBefore(state, cancelled.revision) === 'running',
    },
    receipt: null,
    too_late: null,
  };
  if (!isCommand) return chain;
  // From the newest on, so that nothing is read that was refused before the cancel; the oldest is the last to be taken.
  for await (const { event, fault } of checkedEvents(reads, evidenceStream(taskId), {
    direction: 'backwards',
  })) {
    if (fault !== undefined) throw new BrokenStreamError(fault);
    const { refused, status } = event.data;
    if (event.type === CANCEL_RECEIPT_TYPE) {
      const receipt = saidBy(event);
      chain.outcome = 'honoured';
      chain.receipt = { ...receipt, stopped_after_ms: Math.max(0, timeMs(receipt) - timeMs(said)) };
    } else if (event.type === 'TaskEventRefused') {
      if (status !== 'cancelled') break;
      if (!OTHER_ENDS.has(refused)) continue;
      chain.outcome = 'too_late';
      chain.too_late = { type: refused as string, ...saidBy(event) };
    }
  }
  return chain;
}

function saidBy(recorded: RecordedEvent): Said {
  const { type, data, metadata, position } = upcast(recorded);
  const { principal, authenticated_by, source, event_id, recorded_at, occurred_at } = openMetadata(metadata);
  const { attempt, reason } = openFacts(type, data) as { attempt?: number; reason?: string };
  return {
    position,
    recorded_at: recorded_at ?? '',
    occurred_at: occurred_at ?? null,
    principal: principal ?? '',
    authenticated_by: authenticated_by ?? '',
    source: source ?? '',
    event_id: event_id ?? '',
    attempt: attempt ?? null,
    reason: reason ?? null,
    erased: reason === undefined && 'reason' in data,
  };
}

function timeMs({ occurred_at, recorded_at }: Said): number {
  return Date.parse(effectiveTime(occurred_at, recorded_at));
}
