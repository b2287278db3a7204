import type { DecideMeta, TaskCommand } from '../../../shared/core/domain/commands.js';
import { decide, type Decision } from '../../../shared/core/domain/decide.js';
import type { TaskEvent } from '../../../shared/core/domain/events.js';
import type { EventOrigin, Task } from '../../../shared/core/domain/task.js';

/** A command of one type. */
export type CommandOf<Type extends TaskCommand['type']> = Extract<TaskCommand, { type: Type }>;

/** What a command is sent with, where a test does not care. */
export const META: DecideMeta = {
  namespace: 'default',
  taskId: 42,
  origin: { source: 'pipeline', id: 'unsaid' },
  at: '2025-03-12T10:00:00.000Z',
};

/** A creation; `facts` replace what a test cares about. */
export function create(facts: Partial<CommandOf<'CreateTask'>['facts']> = {}): CommandOf<'CreateTask'> {
  return { type: 'CreateTask', facts: { project_id: 1, task_type: 'search', params: {}, ...facts } };
}

export function start(facts: CommandOf<'StartTask'>['facts'] = {}): TaskCommand {
  return { type: 'StartTask', facts };
}

export function progress(
  steps: number,
  facts: Omit<CommandOf<'ReportProgress'>['facts'], 'progress'> = {},
): TaskCommand {
  return { type: 'ReportProgress', facts: { progress: steps, ...facts } };
}

/** A message without progress. */
export function message(
  text: string,
  facts: Omit<CommandOf<'ReportProgress'>['facts'], 'progress' | 'message'> = {},
): TaskCommand {
  return { type: 'ReportProgress', facts: { message: text, ...facts } };
}

export function attemptFailed(facts: Partial<CommandOf<'FailAttempt'>['facts']> = {}): TaskCommand {
  return { type: 'FailAttempt', facts: { error_message: 'no answer', ...facts } };
}

export function complete(facts: CommandOf<'CompleteTask'>['facts'] = {}): TaskCommand {
  return { type: 'CompleteTask', facts };
}

export function fail(facts: Partial<CommandOf<'FailTask'>['facts']> = {}): TaskCommand {
  return { type: 'FailTask', facts: { error_message: 'disk full', ...facts } };
}

export function reportCancelled(facts: CommandOf<'ReportCancelled'>['facts'] = {}): TaskCommand {
  return { type: 'ReportCancelled', facts };
}

export function cancel(facts: CommandOf<'CancelTask'>['facts'] = {}): TaskCommand {
  return { type: 'CancelTask', facts };
}

/** What the watchdog asks for of a task whose last event that it knows is at a revision. */
export function declareSilent(revision: number): TaskCommand {
  return { type: 'DeclareSilent', facts: { last_heard_at: META.at }, revision };
}

export function declareHeard(revision: number): TaskCommand {
  return { type: 'DeclareHeard', facts: {}, revision };
}

export function failSilent(revision: number): TaskCommand {
  return { type: 'FailSilent', facts: { error_message: 'not heard of', error_type: 'Silent' }, revision };
}

/** A command with the origin or the time that it is sent with. */
export interface Sent {
  command: TaskCommand;
  origin?: EventOrigin;
  at?: string;
}

/** A task's past, and what can be asked next. */
export interface Scenario {
  task: Task | undefined;
  events: TaskEvent[];
  /** Decides one more command, of an origin of its own unless one is given. */
  when(command: TaskCommand, meta?: Partial<DecideMeta>): Decision;
}

/**
 * Given that these commands were accepted, one after the other, each of an origin of its own unless one is given.
 *
 * @throws Error when one of them is not accepted: the test means another past than it says.
 */
export function given(...past: (TaskCommand | Sent)[]): Scenario {
  let task: Task | undefined;
  const events: TaskEvent[] = [];
  past.forEach((entry, index) => {
    const { command, ...meta } = 'command' in entry ? entry : { command: entry };
    const decision = decide(command, task, { ...META, origin: { source: 'past', id: `${index}` }, ...meta });
    if (decision.outcome !== 'accepted') {
      throw new Error(`${command.type} at ${index} is part of the past, but was ${JSON.stringify(decision)}`);
    }
    events.push(decision.event);
    task = decision.task;
  });
  return {
    task,
    events,
    when: (command, meta) => decide(command, task, { ...META, origin: { source: 'now', id: '1' }, ...meta }),
  };
}

/** The state after an accepted command. */
export function accepted(decision: Decision): Task {
  if (decision.outcome !== 'accepted') throw new Error(`Not accepted: ${JSON.stringify(decision)}`);
  return decision.task;
}
