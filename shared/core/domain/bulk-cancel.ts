import type { RefusalCode } from './decide.js';
import type { JsonObject } from './json.js';
import { BULK_CANCEL_TASKS_MAX } from './limits.js';

/** A task that a bulk cancel left as it was, and why. Named as it is stored. */
export interface RefusedTask {
  /**
   * `broken_stream`: its record does not verify. `broken_task`: it is nothing that this program can build on. The others: what
   * the ledger's engine says of it.
   */
  code:
    | RefusalCode
    | 'broken_stream'
    | 'stream_deleted'
    | 'foreign_stream'
    | 'ledger_refused'
    | 'too_large_for_ledger'
    | 'broken_task';
  message: string;
  task_id: number;
}

/** What each type of event says happened to a bulk cancel. Named as it is stored. */
export interface BulkCancelEventFacts {
  BulkCancelPreviewed: {
    /** RFC 3339 with `Z` and milliseconds; from then on it can't be started any more. */
    expires_at: string;
    /** As it was asked for. What is cancelled is `task_ids`, whatever the filter would match later. */
    filter: JsonObject;
    /** Where in the ledger exactly these tasks were open and matched; null while the ledger was empty. */
    position: string | null;
    /** `undefined` once it was erased, or when none was given. */
    reason?: string;
    /** Newest task first, each once; at most `BULK_CANCEL_TASKS_MAX`. */
    task_ids: readonly number[];
  };
  BulkCancelStarted: object;
  /** What became of the next tasks in the order of the preview. Each stands in one of the two lists. */
  BulkCancelProgressed: { cancelled: readonly number[]; refused: readonly RefusedTask[] };
  /** How many in all. */
  BulkCancelFinished: { cancelled: number; refused: number };
  /** How many were done with, as far as was noted; what was in hand then is noted after it. */
  BulkCancelAborted: { cancelled: number; refused: number };
}

/** The name under which a type of event is stored. */
export type BulkCancelEventType = keyof BulkCancelEventFacts;

/** One fact about a bulk cancel. */
export type BulkCancelEvent = {
  [Type in BulkCancelEventType]: { type: Type; facts: BulkCancelEventFacts[Type] };
}[BulkCancelEventType];

/** Every type of event, for checks at run time. */
export const BULK_CANCEL_EVENT_TYPES = [
  'BulkCancelPreviewed',
  'BulkCancelStarted',
  'BulkCancelProgressed',
  'BulkCancelFinished',
  'BulkCancelAborted',
] as const satisfies readonly BulkCancelEventType[];

/** Everything there is to know of a bulk cancel: the fold of its events. */
export interface BulkCancel {
  status: 'previewed' | 'running' | 'finished' | 'aborted';
  preview: BulkCancelEventFacts['BulkCancelPreviewed'];
  /** How many tasks it has cancelled. With `refused` they are the first ones of the preview. */
  cancelled: number;
  refused: readonly RefusedTask[];
}

/** What became of one task: cancelled, or refused with the reason. */
export type TaskOutcome = { task_id: number; code: undefined } | RefusedTask;

/** What can be asked of a bulk cancel. */
export type BulkCancelCommand =
  | { type: 'PreviewBulkCancel'; facts: BulkCancelEventFacts['BulkCancelPreviewed'] }
  | { type: 'StartBulkCancel' }
  | { type: 'AbortBulkCancel' }
  /** What became of the next tasks, in the order of the preview. */
  | { type: 'RecordOutcomes'; outcomes: readonly TaskOutcome[] };

/** What is answered: the events to append and the state after them, that it is done already, or why not. */
export type BulkCancelDecision =
  | { outcome: 'accepted'; events: readonly BulkCancelEvent[]; state: BulkCancel }
  | { outcome: 'duplicate' }
  | {
      outcome: 'refused';
      code:
        | 'not_found'
        | 'exists'
        | 'expired'
        | 'aborted'
        | 'finished'
        | 'too_many_tasks'
        | 'doubled_task'
        | 'out_of_step';
      message: string;
    };

/** How many tasks it is done with. */
export function doneCount({ cancelled, refused }: BulkCancel): number {
  return cancelled + refused.length;
}

/** Whether it was never started and can't be any more. */
export function hasExpired({ status, preview }: BulkCancel, now: string): boolean {
  return status === 'previewed' && now >= preview.expires_at;
}

/**
 * Decides what a command does to a bulk cancel: previewed → running → finished, or aborted before its end. Pure: the
 * same arguments give the same decision.
 *
 * @param state `undefined` when there is no such bulk cancel.
 * @param now RFC 3339 with `Z` and milliseconds.
 */
export function decideBulkCancel(
  command: BulkCancelCommand,
  state: BulkCancel | undefined,
  now: string,
): BulkCancelDecision {
  if (command.type === 'PreviewBulkCancel') return preview(command.facts, state);
  if (state === undefined) return refuse('not_found', 'Cancellation not found');
  switch (command.type) {
    case 'StartBulkCancel':
      if (state.status === 'aborted') {
        return refuse(
          'aborted',
          'The cancellation was aborted; preview another to cancel what is still open',
        );
      }
      if (state.status !== 'previewed') return { outcome: 'duplicate' };
      if (hasExpired(state, now)) {
        return refuse(
          'expired',
          `The preview has expired at ${state.preview.expires_at}; make a new one to see which tasks match now`,
        );
      }
      return accept(state, [
        { type: 'BulkCancelStarted', facts: {} },
        // Nothing has to be done, so that nobody has to go on with it.
        ...(state.preview.task_ids.length > 0
          ? []
          : [{ type: 'BulkCancelFinished' as const, facts: { cancelled: 0, refused: 0 } }]),
      ]);
    case 'AbortBulkCancel':
      if (state.status === 'aborted') return { outcome: 'duplicate' };
      if (state.status === 'finished') {
        return refuse('finished', 'The cancellation is finished: there is nothing left to be aborted');
      }
      return accept(state, [
        {
          type: 'BulkCancelAborted',
          facts: { cancelled: state.cancelled, refused: state.refused.length },
        },
      ]);
    case 'RecordOutcomes':
      return record(command.outcomes, state);
  }
}

/**
 * The state after one more event.
 *
 * @param state `undefined` before the preview.
 * @throws Error when the event can't come next: such a stream was not written by `decideBulkCancel`.
 */
export function evolveBulkCancel(state: BulkCancel | undefined, event: BulkCancelEvent): BulkCancel {
  if (event.type === 'BulkCancelPreviewed') {
    return { status: 'previewed', preview: event.facts, cancelled: 0, refused: [] };
  }
  if (state === undefined)
    throw new Error(`A bulk cancel's first event must be BulkCancelPreviewed, not ${event.type}`);
  switch (event.type) {
    case 'BulkCancelStarted':
      return { ...state, status: 'running' };
    case 'BulkCancelProgressed': {
      const { cancelled, refused } = event.facts;
      return {
        ...state,
        cancelled: state.cancelled + cancelled.length,
        refused: [...state.refused, ...refused],
      };
    }
    case 'BulkCancelFinished':
      return { ...state, status: 'finished' };
    case 'BulkCancelAborted':
      return { ...state, status: 'aborted' };
  }
}

function preview(
  facts: BulkCancelEventFacts['BulkCancelPreviewed'],
  state: BulkCancel | undefined,
): BulkCancelDecision {
  if (state !== undefined) return refuse('exists', 'There is another cancellation of this id');
  const { length } = facts.task_ids;
  if (length > BULK_CANCEL_TASKS_MAX) {
    return refuse(
      'too_many_tasks',
      `A cancellation takes at most ${BULK_CANCEL_TASKS_MAX} tasks, not ${length}`,
    );
  }
  if (new Set(facts.task_ids).size !== length) return refuse('doubled_task', 'Each task can be taken once');
  return accept(undefined, [{ type: 'BulkCancelPreviewed', facts }]);
}

function record(outcomes: readonly TaskOutcome[], state: BulkCancel): BulkCancelDecision {
  const { task_ids } = state.preview;
  const done = doneCount(state);
  const follows = outcomes.every(({ task_id }, at) => task_id === task_ids[done + at]);
  // What was in hand when it was aborted is done all the same.
  const takesNotes = state.status === 'running' || state.status === 'aborted';
  if (!takesNotes || !follows) {
    return refuse('out_of_step', 'These are not the tasks that come next; somebody else has gone on');
  }
  const refused = outcomes.filter((outcome): outcome is RefusedTask => outcome.code !== undefined);
  const cancelled = outcomes.flatMap(({ task_id, code }) => (code === undefined ? [task_id] : []));
  const events: BulkCancelEvent[] = [];
  if (outcomes.length > 0) events.push({ type: 'BulkCancelProgressed', facts: { cancelled, refused } });
  if (state.status === 'running' && done + outcomes.length === task_ids.length) {
    const counts = {
      cancelled: state.cancelled + cancelled.length,
      refused: state.refused.length + refused.length,
    };
    events.push({ type: 'BulkCancelFinished', facts: counts });
  }
  return events.length === 0 ? { outcome: 'duplicate' } : accept(state, events);
}

function accept(before: BulkCancel | undefined, events: readonly BulkCancelEvent[]): BulkCancelDecision {
  let state = before;
  for (const event of events) state = evolveBulkCancel(state, event);
  return { outcome: 'accepted', events, state: state as BulkCancel };
}

function refuse(
  code: Extract<BulkCancelDecision, { outcome: 'refused' }>['code'],
  message: string,
): BulkCancelDecision {
  return { outcome: 'refused', code, message };
}
