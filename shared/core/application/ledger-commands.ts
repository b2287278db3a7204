import { BrokenStreamError, TooLargeForLedgerError, UnavailableError } from '../contracts/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { commandsLeft, creates, refusedByLedger, targetName, type CommandJob } from './command-job.js';
import type { ReceivedCommand } from './received-command.js';
import { NOT_APPENDED, TaskDraft, type CommandResult } from './task-draft.js';
import { TaskEvidence, type RefusedCommand } from './task-evidence.js';
import { TaskIds } from './task-ids.js';
import { TaskReservations, type ReservedBy } from './task-reservations.js';
import { TaskStreams, type LoadedTask } from './task-streams.js';

/** How often commands are decided anew because somebody else appended first, before the sender is told to come again. */
export const CONFLICTS_MAX = 50;

/**
 * Carries out commands on one ledger, with all that was loaded of it or reserved in it: load → decide → append, and again when
 * another service was faster. What was decided on this ledger is never appended to another one.
 */
export class LedgerCommands {
  private readonly tasks: TaskStreams;
  private readonly reservations: TaskReservations;
  private readonly ids: TaskIds;
  private readonly evidence: TaskEvidence;
  private isGone = false;

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {
    this.tasks = new TaskStreams(deps.store, deps.crypto);
    this.reservations = new TaskReservations(deps);
    this.ids = new TaskIds(deps);
    this.evidence = new TaskEvidence(deps);
  }

  /** The ledger is no longer there: what is under way comes to no append any more. */
  gone(): void {
    this.isGone = true;
  }

  /** As `CommandHandler.creationFault`. */
  creationFault(): string | undefined {
    return this.ids.fault();
  }

  /** As `CommandHandler.taskIdOfKey`. @throws BrokenStreamError when it can't be told. */
  taskIdOfKey(key: string): Promise<number | undefined> {
    const target = { key };
    return this.reservations.find(targetName(target), target);
  }

  private checkThere(): void {
    if (this.isGone)
      throw new UnavailableError('Another ledger is there than what was to be recorded was decided on');
  }

  /**
   * As `CommandHandler.handle`, of whose jobs for one task one is under way at a time. Not async, as what follows: for most
   * commands nothing but the append has to be waited for.
   */
  carryOut(job: CommandJob): Promise<CommandResult[]> {
    if (job.triesLeft-- === 0)
      return Promise.reject(new UnavailableError('Too many others are writing to the same task'));
    if (this.deps.clock.nowMs() > job.deadlineMs)
      return Promise.reject(new UnavailableError('The deadline of the request has passed'));
    return this.attempt(job).then(
      (results) => {
        // Also what was recorded: it is to be recorded in the one that is there now.
        this.checkThere();
        return results === 'conflict' ? this.carryOut(job) : this.settle(job, results);
      },
      (error: unknown) => [...job.settled, ...refusedByLedger(job, error)],
    );
  }

  /** Goes on with the commands that have no result yet. */
  private settle(job: CommandJob, results: CommandResult[]): CommandResult[] | Promise<CommandResult[]> {
    const { settled, commands } = job;
    if (results.length === commands.length) return results;
    settled.push(...results);
    if (settled.length === commands.length) return settled;
    job.triesLeft = CONFLICTS_MAX;
    return this.carryOut(job);
  }

  private attempt(job: CommandJob): Promise<CommandResult[] | 'conflict'> {
    const place = this.knownPlace(job);
    if (place === undefined) return this.attemptFromLedger(job);
    if (place.isNew) return this.decide(job, place, undefined);
    const before = this.tasks.known(place.taskId);
    return before === undefined ? this.attemptFromLedger(job, place) : this.decide(job, place, before);
  }

  private async attemptFromLedger(job: CommandJob, known?: TaskPlace): Promise<CommandResult[] | 'conflict'> {
    const place = known ?? (await this.placeOf(job));
    if (place === undefined) return commandsLeft(job).map(() => NOT_FOUND);
    return this.decide(job, place, place.isNew ? undefined : await this.tasks.load(place.taskId));
  }

  /** @param before `undefined` when the task has no event. */
  private decide(
    job: CommandJob,
    { taskId, isNew }: TaskPlace,
    before: LoadedTask | undefined,
  ): Promise<CommandResult[] | 'conflict'> {
    const { target, name, commands } = job;
    const draft = new TaskDraft(taskId, before, this.deps);
    const results: CommandResult[] = [];
    for (let at = job.settled.length; at < commands.length; at++) {
      results.push(draft.add(commands[at] as ReceivedCommand));
      if (draft.isFull() || (job.oneByOne && draft.eventCount > 0)) break;
    }
    const { after, refused, eventCount } = draft;
    // The same state: nothing was accepted.
    if (after === undefined || after === before) {
      return isNew
        ? this.withoutTask(name, target as ReservedBy, results)
        : this.withoutAppend(taskId, before, results, refused);
    }
    this.checkThere();
    // Neither these events nor the claim are named here, so that nothing holds them until they are on disk.
    const appending = this.tasks.append(
      taskId,
      before,
      after,
      draft.takeEvents(),
      isNew ? this.reservations.claim(target as ReservedBy, taskId) : undefined,
    );
    return appending.then<CommandResult[] | 'conflict', CommandResult[] | 'conflict'>(
      (appended) => {
        // Somebody else may have reserved the key, and is then known to the next attempt.
        if (appended === 'conflict') return isNew ? this.conflict(name, target as ReservedBy) : 'conflict';
        if (isNew) this.reservations.remember(name, taskId);
        tellPosition(results, appended.position);
        return refused.length === 0 ? results : this.withEvidence(taskId, results, refused);
      },
      (error: unknown) => {
        if (!(error instanceof TooLargeForLedgerError)) throw error;
        if (eventCount > 1 && !job.oneByOne) {
          // The engine was set to take less at once.
          job.oneByOne = true;
          return 'conflict';
        }
        const tooLarge = results.findIndex(({ outcome }) => outcome === 'accepted');
        const { code, message } = error;
        results[tooLarge] = { outcome: 'refused', taskId: isNew ? undefined : taskId, code, message };
        return this.withEvidence(taskId, results, refused);
      },
    );
  }

  private async conflict(name: string, by: ReservedBy): Promise<'conflict'> {
    await this.reservations.find(name, by);
    return 'conflict';
  }

  /** Nothing was accepted for a task that was taken to be new without asking the ledger, which may know it. */
  private async withoutTask(
    name: string,
    by: ReservedBy,
    results: CommandResult[],
  ): Promise<CommandResult[] | 'conflict'> {
    return (await this.reservations.find(name, by)) === undefined ? results : 'conflict';
  }

  private async withoutAppend(
    taskId: number,
    before: LoadedTask | undefined,
    results: CommandResult[],
    refused: readonly RefusedCommand[],
  ): Promise<CommandResult[] | 'conflict'> {
    // An append holds only on the newest state; a refusal must, too.
    const holds =
      before === undefined ||
      !results.some(({ outcome }) => outcome === 'refused') ||
      (await this.tasks.isCurrent(taskId, before));
    return holds ? this.withEvidence(taskId, results, refused) : 'conflict';
  }

  private async withEvidence(
    taskId: number,
    results: CommandResult[],
    refused: readonly RefusedCommand[],
  ): Promise<CommandResult[]> {
    if (refused.length > 0) await this.keepEvidence(taskId, refused, results);
    return results;
  }

  /** What was accepted is on disk, whether or not what was refused can be kept. */
  private async keepEvidence(
    taskId: number,
    refused: readonly RefusedCommand[],
    results: readonly CommandResult[],
  ): Promise<void> {
    this.checkThere();
    try {
      await this.evidence.keep(taskId, refused);
    } catch (error) {
      if (!(error instanceof BrokenStreamError)) throw error;
      for (const result of results) {
        if (result.outcome === 'refused')
          result.message += `, and it is not kept as evidence: ${error.message}`;
      }
    }
  }

  /** Where the events go, when that can be said without asking the ledger. */
  private knownPlace(job: CommandJob): TaskPlace | undefined {
    const { target, name } = job;
    if ('id' in target) return { taskId: target.id, isNew: false };
    const known = this.reservations.known(name);
    if (known !== undefined) return { taskId: known, isNew: false };
    if (!creates(job)) return undefined;
    // Most keys that are created are new. For those the ledger need not be asked: the append finds out.
    const taskId = this.ids.takeAtHand();
    return taskId === undefined ? undefined : { taskId, isNew: true };
  }

  /** Finds the task. When there is none and the commands create it, it is given an id. */
  private async placeOf(job: CommandJob): Promise<TaskPlace | undefined> {
    const { target, name } = job;
    if (creates(job)) return { taskId: await this.ids.take(), isNew: true };
    const taskId = await this.reservations.find(name, target as ReservedBy);
    return taskId === undefined ? undefined : { taskId, isNew: false };
  }
}

/** Tells what was appended, and what repeats it, where it is now. */
function tellPosition(results: readonly CommandResult[], position: string): void {
  for (const result of results)
    if (result.outcome !== 'refused' && result.position === NOT_APPENDED) result.position = position;
}

/** Where a task's events go. */
interface TaskPlace {
  taskId: number;
  /** Whether the id was just taken: there is no task yet, and with its first event the id is reserved for it. */
  isNew: boolean;
}

const NOT_FOUND: CommandResult = {
  outcome: 'refused',
  taskId: undefined,
  code: 'task_not_found',
  message: 'Task not found',
};
