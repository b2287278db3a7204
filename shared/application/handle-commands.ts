import { BrokenStreamError, UnavailableError } from '../contracts/errors.js';
import { originKey } from '../domain/task.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { KeyedMutex } from './keyed-mutex.js';
import type { ReceivedCommand } from './received-command.js';
import { TaskDraft, type CommandResult } from './task-draft.js';
import { TaskEvidence, type RefusedCommand } from './task-evidence.js';
import { TaskIds } from './task-ids.js';
import { TaskReservations, type ReservedBy } from './task-reservations.js';
import { TaskStreams, type LoadedTask } from './task-streams.js';

/** Which task commands are for: its id, or what a new one's is reserved by. */
export type CommandTarget = { id: number } | ReservedBy;

/** How often commands are decided anew because somebody else appended first, before the sender is told to come again. */
const CONFLICTS_MAX = 50;

/** Carries out commands: load → decide → append, and again when another service was faster. */
export class CommandHandler {
  private readonly mutex = new KeyedMutex();
  private readonly tasks: TaskStreams;
  private readonly reservations: TaskReservations;
  private readonly ids: TaskIds;
  private readonly evidence: TaskEvidence;

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {
    this.tasks = new TaskStreams(deps.store, deps.crypto);
    this.reservations = new TaskReservations(deps);
    this.ids = new TaskIds(deps);
    this.evidence = new TaskEvidence(deps);
  }

  /**
   * Carries out one task's commands in their order, with one append for all that are accepted. Results come in the same
   * order, and only when everything is on disk. A task whose stream does not verify, or what a key names by a reservation
   * that does not, takes no more events: each is refused with `broken_stream`.
   *
   * @param deadlineMs In milliseconds since 1970; what has not begun by then is not begun.
   * @throws UnavailableError when the effect is unknown; sending all of them again has no second effect.
   */
  handle(
    target: CommandTarget,
    commands: readonly ReceivedCommand[],
    deadlineMs: number,
  ): Promise<CommandResult[]> {
    const name = targetName(target);
    const job = { target, name, commands, deadlineMs, triesLeft: CONFLICTS_MAX };
    return this.mutex.run(name, () => this.carryOut(job));
  }

  /** The task that a key names, or `undefined` when there is none, or it can't be told. */
  async taskIdOfKey(key: string): Promise<number | undefined> {
    const target = { key };
    try {
      return await this.reservations.find(targetName(target), target);
    } catch (error) {
      // Told to those who send events for this key, and not to all who are in the same batch.
      if (error instanceof BrokenStreamError) return undefined;
      throw error;
    }
  }

  /** Not async, as what follows: for most commands nothing but the append has to be waited for. */
  private carryOut(job: Job): Promise<CommandResult[]> {
    if (job.triesLeft-- === 0)
      return Promise.reject(new UnavailableError('Too many others are writing to the same task'));
    if (this.deps.clock.nowMs() > job.deadlineMs)
      return Promise.reject(new UnavailableError('The deadline of the request has passed'));
    return this.attempt(job).then(
      (results) => (results === 'conflict' ? this.carryOut(job) : results),
      refusedByBroken(job.target, job.commands),
    );
  }

  private attempt(job: Job): Promise<CommandResult[] | 'conflict'> {
    const place = this.knownPlace(job);
    if (place === undefined) return this.attemptFromLedger(job);
    if (place.isNew) return this.decide(job, place, undefined);
    const before = this.tasks.known(place.taskId);
    return before === undefined ? this.attemptFromLedger(job, place) : this.decide(job, place, before);
  }

  private async attemptFromLedger(job: Job, known?: TaskPlace): Promise<CommandResult[] | 'conflict'> {
    const place = known ?? (await this.placeOf(job));
    if (place === undefined) return job.commands.map(() => NOT_FOUND);
    return this.decide(job, place, place.isNew ? undefined : await this.tasks.load(place.taskId));
  }

  /** @param before `undefined` when the task has no event. */
  private decide(
    { target, name, commands }: Job,
    { taskId, isNew }: TaskPlace,
    before: LoadedTask | undefined,
  ): Promise<CommandResult[] | 'conflict'> {
    const draft = new TaskDraft(taskId, before, this.deps);
    const results = commands.map((received) => draft.add(received));
    const { after, refused } = draft;
    // The same state: nothing was accepted.
    if (after === undefined || after === before) return this.withoutAppend(taskId, before, results, refused);
    // Neither these events nor the claim are named here, so that nothing holds them until they are on disk.
    const appending = this.tasks.append(
      taskId,
      before,
      after,
      draft.takeEvents(),
      isNew ? this.reservations.claim(target as ReservedBy, taskId) : undefined,
    );
    return appending.then((appended) => {
      // Somebody else may have reserved the key, and is then known to the next attempt.
      if (appended === 'conflict') return isNew ? this.conflict(name, target as ReservedBy) : 'conflict';
      if (isNew) this.reservations.remember(name, taskId);
      for (const result of results) if (result.outcome === 'accepted') result.position = appended.position;
      return refused.length === 0 ? results : this.withEvidence(taskId, results, refused);
    });
  }

  private async conflict(name: string, by: ReservedBy): Promise<'conflict'> {
    await this.reservations.find(name, by);
    return 'conflict';
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
  private knownPlace({ target, name, commands }: Job): TaskPlace | undefined {
    if ('id' in target) return { taskId: target.id, isNew: false };
    const known = this.reservations.known(name);
    if (known !== undefined) return { taskId: known, isNew: false };
    if (!creates(commands)) return undefined;
    // Most keys that are created are new. For those the ledger need not be asked: the append finds out.
    const taskId = this.ids.takeAtHand();
    return taskId === undefined ? undefined : { taskId, isNew: true };
  }

  /** Finds the task. When there is none and the commands create it, it is given an id. */
  private async placeOf({ target, name, commands }: Job): Promise<TaskPlace | undefined> {
    if (creates(commands)) return { taskId: await this.ids.take(), isNew: true };
    const taskId = await this.reservations.find(name, target as ReservedBy);
    return taskId === undefined ? undefined : { taskId, isNew: false };
  }
}

/** One task's commands on their way. */
interface Job {
  readonly target: CommandTarget;
  /** `targetName` of it. */
  readonly name: string;
  readonly commands: readonly ReceivedCommand[];
  readonly deadlineMs: number;
  triesLeft: number;
}

/** Where a task's events go. */
interface TaskPlace {
  taskId: number;
  /** Whether the id was just taken: there is no task yet, and with its first event the id is reserved for it. */
  isNew: boolean;
}

function creates(commands: readonly ReceivedCommand[]): boolean {
  return commands.some(({ command }) => command.type === 'CreateTask');
}

const NOT_FOUND: CommandResult = {
  outcome: 'refused',
  taskId: undefined,
  code: 'task_not_found',
  message: 'Task not found',
};

/** The results of commands that are for a stream that does not verify. */
function refusedByBroken(target: CommandTarget, commands: readonly ReceivedCommand[]) {
  return (error: unknown): CommandResult[] => {
    if (!(error instanceof BrokenStreamError)) throw error;
    const taskId = 'id' in target ? target.id : undefined;
    return commands.map(() => ({
      outcome: 'refused',
      taskId,
      code: 'broken_stream',
      message: error.message,
    }));
  };
}

/** One name for each target. */
export function targetName(target: CommandTarget): string {
  if ('id' in target) return `i${target.id}`;
  return 'key' in target ? `k${target.key}` : `e${originKey(target.createdBy)}`;
}
