import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import {
  BulkCancelRecords,
  type LoadedBulkCancel,
} from '../../shared/core/application/bulk-cancel-records.js';
import { BulkCancels } from '../../shared/core/application/bulk-cancels.js';
import { TaskCanceller } from '../../shared/core/application/task-canceller.js';
import { BulkCancelExecution, type StepResult } from '../../shared/core/application/bulk-cancel-execution.js';
import { CommandHandler } from '../../shared/core/application/command-handler.js';
import type { BulkCancelReply } from '../../shared/core/contracts/messages.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import { anonymously, silentLogger, type CommandSide } from './command-side.js';

/** The id of a bulk cancel in tests; others by another number. */
export function bulkCancelId(number = 1): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A command service's part of bulk cancels, with caches of its own: a second one is another process. */
export class BulkCancelSide {
  nowMs = Date.parse('2025-03-12T10:00:00.000Z');
  readonly crypto: NodeCrypto;
  readonly bulkCancels: BulkCancels;
  readonly execution: BulkCancelExecution;

  /** @param beside Whose time and random values it has. */
  constructor(
    private readonly store: EventStore,
    beside?: Pick<CommandSide, 'nowMs' | 'crypto'>,
  ) {
    this.crypto = beside?.crypto ?? new NodeCrypto();
    this.nowMs = beside?.nowMs ?? this.nowMs;
    const deps = { store, crypto: this.crypto, clock: { nowMs: () => this.nowMs }, logger: silentLogger };
    this.bulkCancels = new BulkCancels(deps);
    const canceller = new TaskCanceller({ handler: new CommandHandler(deps), store });
    this.execution = new BulkCancelExecution({ ...deps, canceller });
  }

  preview(task_ids: readonly number[], over: object = {}, context = anonymously()): Promise<BulkCancelReply> {
    const request = { id: bulkCancelId(), filter: { project_id: 1 }, position: '7', task_ids, ...over };
    return this.bulkCancels.preview(request, context);
  }

  start(over: object = {}, context = anonymously()): Promise<BulkCancelReply> {
    return this.bulkCancels.start({ id: bulkCancelId(), ...over }, context);
  }

  abort(over: object = {}, context = anonymously()): Promise<BulkCancelReply> {
    return this.bulkCancels.abort({ id: bulkCancelId(), ...over }, context);
  }

  step(id = bulkCancelId(), signal = new AbortController().signal): Promise<StepResult> {
    return this.execution.step(id, signal);
  }

  /** Takes step after step until there is nothing more to do. */
  async finish(id = bulkCancelId()): Promise<void> {
    while ((await this.step(id)) === 'more');
  }

  async load(id = bulkCancelId()): Promise<LoadedBulkCancel> {
    const loaded = await new BulkCancelRecords(this.store, this.crypto).load(id);
    if (loaded === undefined) throw new Error(`There is no bulk cancel ${id}`);
    return loaded;
  }
}
