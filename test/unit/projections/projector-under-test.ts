import { setImmediate } from 'node:timers/promises';
import type { Projection } from '../../../projections/engine/projection.js';
import { startProjector, type Projector } from '../../../projections/engine/start-projector.js';
import { mergeChanges } from '../../../projections/tasks/merge-changes.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import type { TaskChange } from '../../../shared/core/ports/read-model.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { MemoryReadModel } from '../../support/memory-read-model.js';
import { change } from '../../support/read-model/changes.js';

/** Projects every event but those of the types that are named. */
export function projectionWithout(...types: string[]): Projection<TaskChange> {
  return {
    name: 'toy-1',
    streamPrefix: 'task-',
    gatherMs: 10,
    gatherEvents: 0,
    takesLateChanges: true,
    project({ type, stream, revision }) {
      if (types.includes(type)) throw new Error(`${type} can't be projected`);
      return change(Number(stream.slice('task-'.length)), revision);
    },
    merge: mergeChanges,
  };
}

/** A projector between a fake ledger and a read model in memory, started as often as a test likes. */
export class ProjectorUnderTest {
  readonly store = new FakeLedger();
  readonly logged: { level: keyof Logger; fields: object; message: string }[] = [];
  nowMs = Date.parse('2025-03-12T10:00:00.000Z');
  projection = projectionWithout('Bad');
  private readonly started: Projector[] = [];

  constructor(readonly readModel = new MemoryReadModel()) {}

  start(): Projector {
    const { store, readModel, projection } = this;
    const log = (level: keyof Logger) => (fields: object, message: string) => {
      this.logged.push({ level, fields, message });
    };
    const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
    const projector = startProjector({
      store,
      target: readModel,
      projection,
      logger,
      clock: { nowMs: () => this.nowMs },
    });
    this.started.push(projector);
    return projector;
  }

  async stopAll(): Promise<void> {
    for (const projector of this.started) await projector.stop();
  }

  /** The revision of each document, by task. */
  revisions(): Record<number, number> {
    return Object.fromEntries([...this.readModel.documents].map(([id, { revision }]) => [id, revision]));
  }
}

/** Far more turns of the event loop than anything here takes. */
const TURNS_MAX = 1_000_000;

/** Waits for a condition. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > TURNS_MAX) throw new Error(`It did not come to this: ${String(condition)}`);
    await setImmediate();
  }
}
