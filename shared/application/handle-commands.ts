import { BrokenStreamError, UnavailableError } from '../contracts/errors.js';
import { originKey } from '../domain/task.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { KeyedMutex } from './keyed-mutex.js';
import type { ReceivedCommand } from './received-command.js';
import { DEFAULT_NAMESPACE, eventReservationStream, keyReservationStream } from './streams.js';
import { TaskDraft, type CommandResult } from './task-draft.js';
import { TaskEvidence, type RefusedCommand } from './task-evidence.js';
import { TaskIds } from './task-ids.js';
import { TaskReservations } from './task-reservations.js';
import { TaskStreams } from './task-streams.js';

/** Which task commands are for: its id, the publisher's key for it, or the task that this very event creates. */
export type CommandTarget = { id: number } | { key: string } | { createdBy: ReceivedCommand['origin'] };

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
  async handle(
    target: CommandTarget,
    commands: readonly ReceivedCommand[],
    deadlineMs: number,
  ): Promise<CommandResult[]> {
    return this.mutex.run(targetName(target), async () => {
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        if (this.deps.clock.nowMs() > deadlineMs)
          throw new UnavailableError('The deadline of the request has passed');
        const results = await this.attempt(target, commands).catch(refusedByBroken(target, commands));
        if (results !== 'conflict') return results;
      }
      throw new UnavailableError('Too many others are writing to the same task');
    });
  }

  /** The task that a key names, or `undefined` when there is none, or it can't be told. */
  async taskIdOfKey(key: string): Promise<number | undefined> {
    try {
      return await this.reservations.find(keyReservationStream(DEFAULT_NAMESPACE, key, this.deps.crypto));
    } catch (error) {
      // Told to those who send events for this key, and not to all who are in the same batch.
      if (error instanceof BrokenStreamError) return undefined;
      throw error;
    }
  }

  private async attempt(
    target: CommandTarget,
    commands: readonly ReceivedCommand[],
  ): Promise<CommandResult[] | 'conflict'> {
    const place = await this.placeOf(target, commands);
    if (place === undefined) return commands.map(() => NOT_FOUND);
    const { taskId, reservation } = place;
    // An id that was just taken has no task yet.
    const before = reservation === undefined ? await this.tasks.load(taskId) : undefined;
    const draft = new TaskDraft(taskId, before, this.deps);
    const results = commands.map((received) => draft.add(received));
    const { after, refused } = draft;
    // A new state: something was accepted.
    if (after !== undefined && after !== before) {
      // Neither these events nor the claim are named here, so that nothing holds them until they are on disk.
      const appended = await this.tasks.append(
        taskId,
        before,
        after,
        draft.takeEvents(),
        reservation === undefined ? undefined : this.reservations.claim(reservation, taskId),
      );
      if (appended === 'conflict') {
        // Somebody else may have reserved the key, and is then known to the next attempt.
        if (reservation !== undefined) await this.reservations.find(reservation);
        return 'conflict';
      }
      if (reservation !== undefined) this.reservations.remember(reservation, taskId);
      for (const result of results) if (result.outcome === 'accepted') result.position = appended.position;
    } else if (before !== undefined && results.some(({ outcome }) => outcome === 'refused')) {
      // An append holds only on the newest state; a refusal must, too.
      if (!(await this.tasks.isCurrent(taskId, before))) return 'conflict';
    }
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

  /** Finds the task. When there is none and the commands create it, it is given an id, with what will reserve it. */
  private async placeOf(
    target: CommandTarget,
    commands: readonly ReceivedCommand[],
  ): Promise<TaskPlace | undefined> {
    if ('id' in target) return { taskId: target.id };
    const { crypto } = this.deps;
    const stream =
      'key' in target
        ? keyReservationStream(DEFAULT_NAMESPACE, target.key, crypto)
        : eventReservationStream(DEFAULT_NAMESPACE, target.createdBy, crypto);
    const creates = commands.some(({ command }) => command.type === 'CreateTask');
    // Most keys that are created are new. For those the ledger need not be asked: the append finds out.
    const known = creates ? this.reservations.known(stream) : await this.reservations.find(stream);
    if (known !== undefined) return { taskId: known };
    if (!creates) return undefined;
    const taskId = await this.ids.take();
    return { taskId, reservation: stream };
  }
}

/** Where a task's events go. */
interface TaskPlace {
  taskId: number;
  /** For a new task: the stream that will reserve its key for it. */
  reservation?: string;
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
