import { attemptAfter, isBetweenAttempts, isMessageAlone } from './attempts.js';
import { HAPPENED, type DecideMeta, type TaskCommand } from './commands.js';
import { STATUS_AFTER, type TaskEvent, type TaskFact } from './events.js';
import { evolve } from './evolve.js';
import { canonicalJson, type JsonObject } from './json.js';
import { TASK_EVENTS_MAX } from './limits.js';
import { meaningOf } from './meaning.js';
import { isStillSo, isWatchdogCommand, type WatchdogCommand } from './silence.js';
import {
  creationOf,
  isFinal,
  rememberedOf,
  type Task,
  type TaskCreation,
  type TaskSnapshot,
} from './task.js';

/** Why a command was refused, as a stable code. */
export type RefusalCode =
  | 'task_not_found'
  | 'already_completed'
  | 'already_failed'
  | 'already_cancelled'
  | 'stale_attempt'
  | 'progress_beyond_total'
  | 'progress_went_back'
  | 'creation_conflict'
  | 'event_id_conflict'
  | 'task_full'
  | 'task_changed';

/** A command that was refused: nothing happened to the task. */
export interface Refusal {
  outcome: 'refused';
  code: RefusalCode;
  /** One sentence for the person or program that asked. */
  message: string;
  /** Whether the refused event is kept with the task as evidence. */
  evidence: boolean;
}

/** What `decide` answers: the event to append and the state after it, a repeat, or a refusal. */
export type Decision =
  | { outcome: 'accepted'; event: TaskEvent; task: Task }
  /** `confirmsCancel`: the worker says of a task that is cancelled already that it was. */
  | { outcome: 'duplicate'; confirmsCancel?: true }
  | Refusal;

/**
 * Decides what a command does to a task: the table of `docs/architecture.md`, "What is accepted when". Pure: the same
 * arguments give the same decision.
 *
 * @param task `undefined` when there is no such task.
 */
export function decide(command: TaskCommand, task: Task | undefined, meta: DecideMeta): Decision {
  if (command.type === 'CreateTask') {
    const happened = factOf(command, meta);
    if (task === undefined) return accept(task, happened);
    return takenId(happened, task) ?? repeatOf(task, command.facts);
  }
  if (task === undefined) {
    return { outcome: 'refused', code: 'task_not_found', message: 'Task not found', evidence: false };
  }
  const happened = factOf(command, meta);
  if (isWatchdogCommand(command)) return outdated(command, task) ?? accept(task, happened);
  return (
    repeat(command, happened, task) ??
    tooLate(command, task.snapshot) ??
    wrongAttempt(happened, task.snapshot) ??
    tooMany(command, task) ??
    wrongProgress(happened, task.snapshot) ??
    accept(task, happened)
  );
}

type LaterCommand = Exclude<TaskCommand, { type: 'CreateTask' } | WatchdogCommand>;

/** What has happened if the command is accepted. */
function factOf(command: TaskCommand, meta: DecideMeta): TaskFact {
  const { namespace, taskId, origin, at } = meta;
  const type = HAPPENED[command.type];
  return { type, facts: command.facts, origin, namespace, taskId, at } as TaskFact;
}

/**
 * What the watchdog asks for on what is not so any more; nothing of it is evidence. The revision tells a repeat as well. A
 * silence leaves room for its end.
 */
function outdated(command: WatchdogCommand, task: Task): Refusal | undefined {
  const { task_id } = task.snapshot;
  if (!isStillSo(command, task)) {
    const message = `Task ${task_id} is not as it was when the watchdog saw it`;
    return { outcome: 'refused', code: 'task_changed', message, evidence: false };
  }
  const isFull = command.type === 'DeclareSilent' && task.eventCount >= TASK_EVENTS_MAX - 1;
  return isFull ? { ...full(), evidence: false } : undefined;
}

/** What was accepted once under this id: the repeat of an event says the same; that of a cancel is told by its id alone. */
function repeat(command: LaterCommand, happened: TaskFact, task: Task): Decision | undefined {
  const known = rememberedOf(task, happened.origin);
  if (known === undefined) return undefined;
  // Of what was erased it can't be told any more: it is taken for the repeat it most likely is.
  const isSame = known.meaning === undefined || known.meaning === meaningOf(happened);
  if (isSame || command.type === 'CancelTask') return { outcome: 'duplicate' };
  return idConflict(happened);
}

/** A creation under the id of an event of another type. */
function takenId(creation: TaskFact, task: Task): Refusal | undefined {
  const known = rememberedOf(task, creation.origin);
  return known === undefined || known.meaning === meaningOf(creation) ? undefined : idConflict(creation);
}

function idConflict({ taskId }: TaskFact): Refusal {
  return refuse('event_id_conflict', `Task ${taskId} has another event of the same source and id`);
}

function accept(task: Task | undefined, accepted: TaskFact): Decision {
  const next = evolve(task, accepted);
  // Member by member: adding one to a spread is slow.
  const { type, facts, origin, namespace, taskId, at } = accepted;
  const event = { type, facts, origin, namespace, taskId, at, after: next.snapshot };
  return {
    outcome: 'accepted',
    event: event satisfies Record<keyof TaskEvent, unknown> as TaskEvent,
    task: next,
  };
}

function refuse(code: RefusalCode, message: string): Refusal {
  return { outcome: 'refused', code, message, evidence: true };
}

/** A creation of a task that exists: a repeat when it says the same, a conflict when it does not. */
function repeatOf(task: Task, facts: Extract<TaskCommand, { type: 'CreateTask' }>['facts']): Decision {
  const { creation, snapshot } = task;
  const equal =
    (facts.key ?? null) === snapshot.key &&
    // Erased parameters can't be compared any more; all else being equal it is taken for the repeat it most likely is.
    saidBy(creationOf(facts), creation) === saidBy(creation, creation);
  if (equal) return { outcome: 'duplicate' };
  return refuse(
    'creation_conflict',
    `Task ${snapshot.task_id} was created with other data under the same ${snapshot.key === null ? 'event id' : 'key'}`,
  );
}

/** What a creation says, as far as it can be held against one that is known. */
function saidBy(creation: TaskCreation, { params }: TaskCreation): string {
  const said = { ...creation, params: params === undefined ? undefined : creation.params };
  return canonicalJson(said as object as JsonObject);
}

function tooLate(command: LaterCommand, { status }: TaskSnapshot): Decision | undefined {
  if (!isFinal(status)) return undefined;
  const code = `already_${status}` as const;
  if (status === 'cancelled' && command.type === 'ReportCancelled')
    return { outcome: 'duplicate', confirmsCancel: true };
  if (command.type !== 'CancelTask') return refuse(code, `Task is already ${status}`);
  // A second cancel wanted what already is: nothing of it is lost, so it is no evidence.
  return { ...refuse(code, `Cannot cancel task (already ${status})`), evidence: status !== 'cancelled' };
}

/** What is of an attempt that is over: told late, or by one that was given up and goes on. */
function wrongAttempt(happened: TaskFact, before: TaskSnapshot): Refusal | undefined {
  const { attempt } = before;
  const said = (happened.facts as { attempt?: number }).attempt;
  if (said === undefined) return undefined;
  if (said < attempt) {
    const now = isBetweenAttempts(before) ? 'the last one was' : 'the current one is';
    return refuse('stale_attempt', `Attempt ${said} is over; ${now} ${attempt}`);
  }
  const goesOn = happened.type === 'TaskProgressed' || happened.type === 'TaskAttemptFailed';
  if (said > attempt || !goesOn || !isBetweenAttempts(before) || isMessageAlone(happened)) return undefined;
  return refuse('stale_attempt', `Attempt ${said} is over; a start begins the next one, or this one again`);
}

function tooMany(command: LaterCommand, task: Task): Refusal | undefined {
  if (isFinal(STATUS_AFTER[HAPPENED[command.type]]) || task.eventCount < TASK_EVENTS_MAX) return undefined;
  return full();
}

function full(): Refusal {
  return refuse('task_full', `A task has at most ${TASK_EVENTS_MAX} events; only a final one is taken now`);
}

function wrongProgress(happened: TaskFact, before: TaskSnapshot): Refusal | undefined {
  if (happened.type !== 'TaskProgressed' || isMessageAlone(happened)) return undefined;
  const { progress = 0, total = before.total } = happened.facts;
  if (total !== 0 && progress > total) {
    return refuse('progress_beyond_total', `Progress ${progress} is beyond the total of ${total}`);
  }
  const { attempt } = before;
  if (attemptAfter(before, happened) === Math.max(attempt, 1) && progress < before.progress) {
    return refuse(
      'progress_went_back',
      `Progress ${progress} is behind the ${before.progress} that attempt ${attempt} had reached`,
    );
  }
  return undefined;
}
