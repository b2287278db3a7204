import { decide } from '../../../shared/core/domain/decide.js';
import type { JsonObject } from '../../../shared/core/domain/json.js';
import type { Task, TaskSnapshot } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { position } from '../../support/read-model/changes.js';
import type { Sent } from '../domain/any-history.js';

/** The tasks of a ledger, made by deciding what some publishers send, one of each in turn. */
export interface Ledger {
  events: RecordedEvent[];
  tasks: TaskSnapshot[];
}

/** Such a ledger of some histories. */
export function ledgerOf(histories: readonly Sent[][]): Ledger {
  const tasks = new Map<number, Task>();
  const heads = new Map<number, number>();
  const events: RecordedEvent[] = [];
  const longest = Math.max(...histories.map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++) {
    histories.forEach((sent, index) => {
      const one = sent[turn];
      if (one === undefined) return;
      const taskId = index + 1;
      const command = ofTask(one.command, taskId);
      const meta = { namespace: 'default', taskId, origin: one.origin, at: one.at };
      const decision = decide(command, tasks.get(taskId), meta);
      if (decision.outcome !== 'accepted') return;
      tasks.set(taskId, decision.task);
      const revision = (heads.get(taskId) ?? -1) + 1;
      heads.set(taskId, revision);
      const { type, facts, after } = decision.event;
      events.push({
        id: `${taskId}@${revision}`,
        type,
        data: { ...facts, ...sealedError(facts), after } as unknown as JsonObject,
        metadata: { recorded_at: one.at },
        stream: `task-${taskId}`,
        revision,
        position: position(events.length + 1),
      });
    });
  }
  return { events, tasks: [...tasks.values()].map(({ snapshot }) => snapshot) };
}

/** Some projects, one below zero, and types, so that tasks share them. */
function ofTask(command: Sent['command'], taskId: number): Sent['command'] {
  if (command.type !== 'CreateTask') return command;
  const task_type = ['search', 'ocr', '__proto__'][taskId % 3] as string;
  return { ...command, facts: { ...command.facts, project_id: (taskId % 4) - 1, task_type } };
}

/** An error's message as it is stored. */
function sealedError(facts: object): object {
  return 'error_message' in facts ? { error_message: { salt: '', value: facts.error_message } } : {};
}
