import { randomBytes } from 'node:crypto';
import { MongoClient, type AnyBulkWriteOperation } from 'mongodb';
import { stateChange } from '../shared/core/application/task-change.js';
import { MongoDbReadModel } from '../shared/adapters/mongodb/mongodb-read-model.js';
import {
  firstSnapshot,
  TASK_STATUSES,
  type TaskSnapshot,
  type TaskStatus,
} from '../shared/core/domain/task.js';
import type { TaskChange } from '../shared/core/ports/read-model.js';
import { median, type BenchFigure } from './figure.js';

const ROUNDS = 5;
/** Few, since FerretDB on SQLite reads the whole collection for each update. */
const TASKS_PER_ROUND = 200;
/** A task is created, started and completed, in batches of their own. */
const STATUSES = ['pending', 'running', 'completed'] as const;

/**
 * Projects onto MongoDB through the port, with a checkpoint for each batch, against the driver's `bulkWrite` of the same
 * documents into a collection with the same indexes. Both in turns.
 *
 * @param url As READ_MODEL_URL; a database of its own is made beside the one that it names, and removed.
 */
export async function benchProjection(url: string): Promise<BenchFigure> {
  const own = url.replace(
    /^([^/]+\/\/[^/?]+)(\/[^?]*)?/,
    `$1/taskledger_bench_${randomBytes(4).toString('hex')}`,
  );
  const readModel = new MongoDbReadModel(own);
  const client = new MongoClient(own, { writeConcern: { w: 'majority' } });
  try {
    // Makes the collections and indexes of both.
    await readModel.apply([change(1, 0, 'pending')]);
    const raw = client.db().collection<RawDocument>('raw');
    const indexes = await client.db().collection('tasks_v5_1').indexes();
    for (const { key, name } of indexes) {
      if (name !== '_id_' && name !== undefined) await raw.createIndex(rawKey(key), { name });
    }
    const rates: number[] = [];
    const rawRates: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const batches = STATUSES.map((status, revision) =>
        Array.from({ length: TASKS_PER_ROUND }, (_, index) =>
          change((round + 1) * 100_000 + index, revision, status),
        ),
      );
      const limit = await rateOf(batches, (changes) =>
        raw.bulkWrite(changes.map(rawWrite), { ordered: false }),
      );
      let position = round * STATUSES.length;
      const measured = await rateOf(batches, (changes) =>
        readModel.apply(changes, {
          checkpoint: { projection: 'bench', position: String(position++).padStart(16, '0') },
        }),
      );
      rawRates.push(limit);
      rates.push(measured);
      ratios.push(measured / limit);
    }
    return {
      name: `projection onto MongoDB in batches of ${TASKS_PER_ROUND}, against bulkWrite of the same documents`,
      unit: 'documents/s',
      measured: median(rates),
      limit: median(rawRates),
      ratio: median(ratios),
      target: 0.5,
      better: 'higher',
    };
  } finally {
    await readModel.close();
    await client.db().dropDatabase();
    await client.close();
  }
}

type RawDocument = Omit<TaskChange, 'taskId'> & { _id: string };

/** The members of an index beside the head of a document. */
function rawKey(key: object): Record<string, 1 | -1> {
  const places = { 'head.place': 'createdSecond' } as Record<string, string>;
  return Object.fromEntries(
    Object.entries(key).map(([member, order]) => [
      places[member] ?? member.replace('head.', ''),
      order as 1 | -1,
    ]),
  );
}

function rawWrite({ taskId, ...set }: TaskChange): AnyBulkWriteOperation<RawDocument> {
  const _id = String(taskId).padStart(16, '0');
  if (set.revision === 0) return { insertOne: { document: { _id, ...set } } };
  return { updateMany: { filter: { _id }, update: { $set: set } } };
}

async function rateOf(
  batches: readonly (readonly TaskChange[])[],
  write: (changes: readonly TaskChange[]) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  for (const changes of batches) await write(changes);
  const documents = batches.reduce((sum, changes) => sum + changes.length, 0);
  return (documents * 1000) / (performance.now() - start);
}

function change(taskId: number, revision: number, status: TaskStatus): TaskChange {
  const created_at = new Date(Date.UTC(2025, 2, 12) + taskId * 100).toISOString();
  const created = { project_id: taskId % 7, task_type: 'search', total: TASK_STATUSES.length };
  const snapshot: TaskSnapshot = {
    ...firstSnapshot(created, { namespace: 'default', taskId, at: created_at }),
    status,
    attempt: 1,
    progress: revision,
  };
  return {
    ...stateChange(snapshot, revision),
    ...(revision === 0 && { paramsJson: JSON.stringify({ query: 'machine learning', page: taskId }) }),
    ...(status === 'completed' && { resultJson: JSON.stringify({ papers_found: 15, imported: 10 }) }),
  };
}
