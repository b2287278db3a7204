import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { openEvent } from '../../shared/core/application/stored-event.js';
import { verifyChain } from '../../shared/core/application/chain-verifier.js';
import { taskItemJson } from '../../shared/core/contracts/task-json.js';
import { evolve } from '../../shared/core/domain/evolve.js';
import type { Task } from '../../shared/core/domain/task.js';
import type { EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import { naiveStats, type NaiveStats } from './naive-stats.js';

/** All that a ledger holds, read beside the process that serves it. */
export interface LedgerAudit {
  /** Stream by stream. */
  streams: Map<string, RecordedEvent[]>;
  /** The fold of each task's events, by id. */
  tasks: Map<number, Task>;
  /** What is wrong with the hash chains: nothing, it is to be hoped. */
  chainFaults: string[];
  /** The list as it has to be: newest first, each item as JSON. */
  expectedItems: string[];
  /** The counts as they have to be. */
  expectedStats: NaiveStats;
}

/** Reads the whole ledger and folds it, without the program's own projections. */
export async function auditLedger(store: EventStore): Promise<LedgerAudit> {
  const streams = new Map<string, RecordedEvent[]>();
  for await (const event of store.readAll()) {
    const events = streams.get(event.stream) ?? [];
    events.push(event);
    streams.set(event.stream, events);
  }
  const tasks = new Map<number, Task>();
  const chainFaults: string[] = [];
  const crypto = new NodeCrypto();
  for (const [stream, events] of streams) {
    const fault = await verifyChain(events, crypto);
    if (fault !== undefined) chainFaults.push(fault);
    if (!stream.startsWith('task-')) continue;
    const task = events.reduce<Task | undefined>(
      (before, event) => evolve(before, openEvent(event)),
      undefined,
    ) as Task;
    tasks.set(task.snapshot.task_id, task);
  }
  const all = [...tasks.values()];
  const expectedStats = naiveStats(all.map(({ snapshot }) => snapshot));
  return { streams, tasks, chainFaults, expectedItems: listItems(all), expectedStats };
}

function listItems(tasks: Task[]): string[] {
  const second = ({ snapshot }: Task): string => snapshot.created_at.slice(0, 19);
  return tasks
    .sort((left, right) => {
      if (second(left) !== second(right)) return second(left) < second(right) ? 1 : -1;
      return right.snapshot.task_id - left.snapshot.task_id;
    })
    .map(({ snapshot }) => taskItemJson(snapshot));
}
