import type { Caller } from '../contracts/caller.js';
import {
  EventTooLargeError,
  InvalidRequestError,
  TooManyNamesError,
  UnavailableError,
} from '../contracts/errors.js';
import { eventIdIn, RefusedJson } from '../contracts/json-items.js';
import { SENT_TYPES, type LifecycleEventType } from '../contracts/event-types.js';
import {
  OWN_SOURCE_PREFIX,
  type LifecycleEvent,
  type NamedInCreation,
  type ParseLifecycleEvent,
  type TaskReference,
} from '../contracts/lifecycle-events.js';
import { checkBatchSize, type IngestOutcome, type OutcomeReason } from '../contracts/messages.js';
import { isJsonObject } from '../contracts/strict-json.js';
import { withTraceparent } from '../contracts/traceparent.js';
import type { TaskCommand } from '../domain/commands.js';
import type { JsonObject } from '../domain/json.js';
import type { Logger } from '../ports/logger.js';
import type { RequestContext } from '../ports/message-bus.js';
import { checkRight } from './asked-by.js';
import { targetName, type CommandTarget } from './command-job.js';
import { fitted } from './event-size.js';
import type { CommandHandler } from './command-handler.js';
import type { CreationNames } from './creation-names.js';
import type { ReceivedCommand } from './received-command.js';
import type { CommandResult } from './task-draft.js';

/**
 * The message of `broken_task`: neither was the ledger away nor were others faster, but the task's record is not what this
 * program can work with, and trying again is of use only once somebody has seen to that.
 */
export const BROKEN_TASK_MESSAGE = 'The task could not be read or written';

/** The source of creations that another event has led to: its `task`. */
export const IMPLIED_SOURCE = `${OWN_SOURCE_PREFIX}task`;

/** Takes lifecycle events in: each is validated, then carried out in the order of its task. */
export class EventIngest {
  constructor(
    private readonly deps: {
      handler: CommandHandler;
      names: CreationNames;
      parse: ParseLifecycleEvent;
      logger: Logger;
    },
  ) {}

  /**
   * Takes a batch of events.
   *
   * @param events CloudEvents in their JSON form, not yet validated, or what is refused of a list already.
   * @param context Who sends them: what they may not is refused, each by itself. What has not begun by its deadline is
   *   `unavailable`; events without a trace of their own are of its.
   * @returns One outcome for each event, in the order sent. When it answers, what is `accepted` is on disk.
   * @throws TooManyEventsError when there are more than `BATCH_EVENTS_MAX`.
   */
  async ingest(events: readonly unknown[], context: RequestContext): Promise<IngestOutcome[]> {
    checkBatchSize(events);
    const { deadlineMs, traceparent } = context;
    const mayAll = context.rights.includes('publish') && context.rights.includes('cancel');
    const outcomes: IngestOutcome[] = new Array<IngestOutcome>(events.length);
    const received: { event: LifecycleEvent; index: number }[] = [];
    events.forEach((raw, index) => {
      try {
        if (!mayAll) checkEventRight(raw, context);
        received.push({ event: this.read(withTraceparent(raw, traceparent)), index });
      } catch (error) {
        if (!(error instanceof InvalidRequestError) && !(error instanceof EventTooLargeError)) throw error;
        outcomes[index] = outcomeFor('rejected', error.code, idOf(raw), null, error.message);
      }
    });
    const groups = await this.groupByTask(received, context);
    await Promise.all(groups.map((group) => this.handleGroup(group, outcomes, deadlineMs)));
    return outcomes;
  }

  /** The task that a key names, or `undefined`. */
  taskIdOfKey(key: string): Promise<number | undefined> {
    return this.deps.handler.taskIdOfKey(key);
  }

  private read(raw: unknown): LifecycleEvent {
    if (raw instanceof RefusedJson) throw new InvalidRequestError(raw.message);
    const event = this.deps.parse(raw);
    return fitted(raw as JsonObject, event);
  }

  private async groupByTask(
    received: { event: LifecycleEvent; index: number }[],
    caller: Caller,
  ): Promise<Group[]> {
    const ids = await this.idsOfKeys(received.map(({ event }) => event.task));
    const groups = new Map<string, Group>();
    for (const { event, index } of received) {
      const named = targetOf(event);
      const id = 'key' in named ? ids.get(named.key) : undefined;
      const target = id === undefined ? named : { id };
      const name = targetName(target);
      let group = groups.get(name);
      if (group === undefined) groups.set(name, (group = { target, commands: [], indexes: [], naming: [] }));
      const command = commandOf(event, caller);
      group.commands.push(command);
      group.indexes.push(index);
      if (event.naming !== undefined) group.naming.push({ command, named: event.naming });
    }
    return [...groups.values()];
  }

  /**
   * The tasks of the keys in a batch that names tasks by id as well: its order holds only if both are seen to be one task.
   * Each key is looked up once, so that all its events stay together even if somebody creates the task just now.
   */
  private async idsOfKeys(tasks: readonly TaskReference[]): Promise<Map<string, number>> {
    const ids = new Map<string, number>();
    if (!tasks.some((task) => 'id' in task)) return ids;
    for (const key of new Set(tasks.flatMap((task) => ('key' in task ? [task.key] : [])))) {
      const id = await this.deps.handler.taskIdOfKey(key);
      if (id !== undefined) ids.set(key, id);
    }
    return ids;
  }

  /** What can't be registered is refused, and the others are carried out. */
  private async registerNames(
    { commands, indexes, naming }: Group,
    outcomes: IngestOutcome[],
  ): Promise<void> {
    for (const { command, named } of naming) {
      try {
        const projectId = await this.deps.names.register(named);
        const creating = command.creation ?? command;
        if (projectId !== undefined) creating.command = ofProject(creating.command, projectId);
      } catch (error) {
        if (!(error instanceof TooManyNamesError)) throw error;
        const at = commands.indexOf(command);
        commands.splice(at, 1);
        const [index] = indexes.splice(at, 1) as [number];
        outcomes[index] = outcomeFor('rejected', error.code, command.origin.id, null, error.message);
      }
    }
  }

  private handleGroup(group: Group, outcomes: IngestOutcome[], deadlineMs: number): Promise<void> {
    const { target, commands, indexes } = group;
    const { handler } = this.deps;
    const handled =
      group.naming.length === 0
        ? handler.handle(target, commands, deadlineMs)
        : this.registerNames(group, outcomes).then(() =>
            commands.length === 0 ? [] : handler.handle(target, commands, deadlineMs),
          );
    return handled.then(
      (results) => {
        for (let at = 0; at < indexes.length; at++) {
          outcomes[indexes[at] as number] = outcomeOf(originId(commands, at), results[at] as CommandResult);
        }
      },
      (error: unknown) => {
        // Whatever went wrong with one task, the others of the batch get their answers.
        const isAway = error instanceof UnavailableError;
        const reason = isAway ? error.code : 'broken_task';
        const message = isAway ? error.message : BROKEN_TASK_MESSAGE;
        // Where an engine is away there is nothing to be found out from a stack, and there may be thousands a second.
        const why = isAway ? { reason, error: message } : { err: error };
        const fields = { event: 'task_events_not_taken', ...why, target } as const;
        this.deps.logger.warn(fields, 'Events of one task were not recorded, and are to be sent again');
        for (const [at, index] of indexes.entries()) {
          outcomes[index] = outcomeFor('unavailable', reason, originId(commands, at), null, message);
        }
      },
    );
  }
}

/** Events of one task, in the order sent. */
interface Group {
  target: CommandTarget;
  commands: ReceivedCommand[];
  /** Where each stands in the batch. */
  indexes: number[];
  /** Those that name something which has to be registered first. */
  naming: { command: ReceivedCommand; named: NamedInCreation }[];
}

function targetOf({
  task,
  origin,
}: {
  task: TaskReference;
  origin: ReceivedCommand['origin'];
}): CommandTarget {
  return 'none' in task ? { createdBy: origin } : task;
}

function commandOf(
  { command, creation, type, origin, occurredAt, extensions }: LifecycleEvent,
  { principal, authenticatedBy }: Caller,
): ReceivedCommand {
  const received = { command, name: type, origin, occurredAt, extensions, principal, authenticatedBy };
  if (creation === undefined) return received;
  // Its own name has the event that it comes with.
  const created = { source: IMPLIED_SOURCE, id: `${origin.source} ${origin.id}` };
  return {
    ...received,
    creation: { ...received, command: creation, name: SENT_TYPES.TaskCreated, origin: created },
  };
}

/** A creation that has named its project, with the id of it. */
function ofProject(creation: TaskCommand, project_id: number): TaskCommand {
  return { ...creation, facts: { ...creation.facts, project_id } } as TaskCommand;
}

/** Whether an event is for its sender to send. */
export function isRightfullySent(event: unknown, { rights }: Caller): boolean {
  return rights.includes(cancels(event) ? 'cancel' : 'publish');
}

function cancels(event: unknown): boolean {
  return isJsonObject(event) && event.type === ('task.cancelled' satisfies LifecycleEventType);
}

/** @throws InvalidRequestError when this event is not for its sender to send. */
function checkEventRight(event: unknown, caller: Caller): void {
  if (cancels(event)) checkRight(caller, 'cancel', 'type: task.cancelled');
  else checkRight(caller, 'publish', 'An event');
}

function originId(commands: readonly ReceivedCommand[], at: number): string {
  return (commands[at] as ReceivedCommand).origin.id;
}

function idOf(raw: unknown): string | null {
  if (raw instanceof RefusedJson) return eventIdIn(raw.text);
  return isJsonObject(raw) && typeof raw.id === 'string' ? raw.id : null;
}

function outcomeOf(id: string, result: CommandResult): IngestOutcome {
  const { outcome, taskId } = result;
  if (outcome !== 'refused') return outcomeFor(outcome, outcome, id, taskId, outcome, result.position);
  return outcomeFor('rejected', result.code, id, taskId ?? null, result.message);
}

function outcomeFor(
  outcome: IngestOutcome['outcome'],
  reason: OutcomeReason,
  event_id: string | null,
  task_id: number | null,
  message: string,
  position: string | null = null,
): IngestOutcome {
  return { event_id, outcome, task_id, reason, message, position };
}
