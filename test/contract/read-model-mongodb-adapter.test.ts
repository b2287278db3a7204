import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { rebuild, type RebuildOptions } from '../../projections/engine/rebuild-read-model.js';
import { startProjector, type Projector } from '../../projections/engine/start-projector.js';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { TASK_INDEXES } from '../../shared/adapters/mongodb/task-indexes.js';
import type { ProjectionProgress } from '../../shared/core/ports/read-model.js';
import { silentLogger } from '../support/command-side.js';
import { FakeLedger } from '../support/fake-ledger.js';
import { dropDatabase } from '../support/mongodb.js';
import { change, idsOf, position } from '../support/read-model/changes.js';
import { untilTrue } from '../support/until-true.js';
import { useMongoDb } from '../support/use-mongodb.js';
import { projectionWithout } from '../unit/projections/projector-under-test.js';

jest.setTimeout(60_000);

const clock = { nowMs: () => Date.now() };
const at = (number: number, epoch: number): ProjectionProgress => ({
  checkpoint: { projection: 'tasks', position: position(number), epoch },
});

useMongoDb('MongoDbReadModel', ({ name, newUrl }) => {
  describe(`MongoDbReadModel: ${name}`, () => {
    let url: string;
    let opened: MongoDbReadModel[];
    let projectors: Projector[];
    const open = (): MongoDbReadModel => {
      const readModel = new MongoDbReadModel(url);
      opened.push(readModel);
      return readModel;
    };

    beforeEach(async () => {
      url = await newUrl();
      opened = [];
      projectors = [];
    });
    afterEach(async () => {
      for (const projector of projectors) await projector.stop();
      for (const readModel of opened) await readModel.close();
      await dropDatabase(url);
    });

    describe('several projectors', () => {
      it('refuses checkpoint and parked streams of an older epoch, and never goes back', async () => {
        const [older, newer] = [open(), open()];
        await older.apply([change(1, 0)], at(10, 1));
        await newer.apply([change(1, 1)], at(5, 2));
        expect(await newer.checkpoint('tasks')).toBe(position(10));
        const parked = {
          projection: 'tasks',
          stream: 'task-9',
          revision: 0,
          position: position(11),
          reason: 'unknown',
          parkedAt: '2025-03-12T10:00:00.000Z',
        };
        const late = older.apply([change(1, 0), change(2, 0)], { ...at(20, 1), park: [parked] });
        await expect(late).rejects.toMatchObject({ code: 'conflict' });
        await expect(older.apply([], at(20, 1))).rejects.toMatchObject({ code: 'conflict' });
        expect(await newer.checkpoint('tasks')).toBe(position(10));
        expect(await newer.parked('tasks')).toEqual([]);
        expect(await newer.get(1)).toMatchObject({ revision: 1 });
        await newer.apply([], at(20, 2));
        expect(await older.checkpoint('tasks')).toBe(position(20));
      });

      it('ends as one would, when one that was thought dead goes on', async () => {
        const store = new FakeLedger();
        for (let event = 0; event < 3_000; event++) store.add(`task-${(event % 300) + 1}`);
        const projection = projectionWithout();
        const paused = open();
        let goOn = (): void => undefined;
        const isPaused = new Promise<void>((stopped) => {
          const apply = paused.apply.bind(paused);
          jest.spyOn(paused, 'apply').mockImplementationOnce(async (...call) => {
            await new Promise<void>((resolve) => {
              goOn = resolve;
              stopped();
            });
            return apply(...call);
          });
        });
        const start = (readModel: MongoDbReadModel, epoch: number): Projector => {
          const projector = startProjector({
            store,
            target: readModel,
            projection,
            clock,
            logger: silentLogger,
            epoch,
          });
          projectors.push(projector);
          return projector;
        };
        const dead = start(paused, 1);
        await isPaused;
        const next = start(open(), 2);
        await untilTrue(() => next.status().caughtUp);
        goOn();
        await untilTrue(() => dead.status().lastError !== undefined);
        expect(dead.status().lastError).toMatch(/Another projector works on toy-1 under epoch 2/);
        const readModel = open();
        expect(await readModel.checkpoint('toy-1')).toBe(position(3_000));
        const { items } = await readModel.list({}, 1_000);
        expect(items.map((item) => (JSON.parse(item) as { revision: number }).revision)).toEqual(
          Array<number>(300).fill(9),
        );
      });

      it('makes each document once, when several processes make the same at the same time', async () => {
        const readModels = Array.from({ length: 4 }, open);
        const tasks = Array.from({ length: 100 }, (_, index) => index + 1);
        await Promise.all(
          readModels.map((readModel, revision) =>
            readModel
              .apply(tasks.map((id) => change(id, 0, { paramsJson: `{"by":"all"}` })))
              .then(() => revision),
          ),
        );
        const { items } = await open().list({}, 1_000);
        expect(idsOf(items)).toEqual([...tasks].reverse());
        expect(await open().get(50)).toMatchObject({ revision: 0, paramsJson: '{"by":"all"}' });
      });

      it('leaves what another process has written since, and takes what is newer', async () => {
        const [one, other] = [open(), open()];
        await one.apply([change(1, 0, { paramsJson: '{"a":1}' })]);
        await other.apply([change(1, 3, { status: 'running' })]);
        await one.apply([change(1, 2, { status: 'failed' })]);
        expect(await one.get(1)).toMatchObject({ revision: 3, status: 'running', paramsJson: '{"a":1}' });
        await one.apply([change(1, 4, { status: 'completed', resultJson: '{"b":2}' })]);
        expect(await other.get(1)).toMatchObject({
          ...change(1, 4, { status: 'completed' }),
          paramsJson: '{"a":1}',
          resultJson: '{"b":2}',
        });
      });
    });

    it('begins again when its collections are removed while a projector works', async () => {
      const store = new FakeLedger();
      for (let event = 0; event < 20; event++) store.add(`task-${(event % 10) + 1}`);
      const readModel = open();
      const projection = projectionWithout();
      const projector = startProjector({ store, target: readModel, projection, clock, logger: silentLogger });
      projectors.push(projector);
      await untilTrue(() => projector.status().caughtUp);
      await dropDatabase(url);
      store.add('task-1');
      // Until it is there again nothing is answered.
      const revisionOf = async (taskId: number): Promise<number | undefined> =>
        (await readModel.get(taskId).catch(() => undefined))?.revision;
      await untilTrue(async () => (await revisionOf(10)) === 1 && (await revisionOf(1)) === 2);
      await untilTrue(() => projector.status().caughtUp && projector.status().rebuilding !== true);
      expect(idsOf((await readModel.list({ statuses: ['pending'] }, 100)).items)).toHaveLength(10);
    });

    it('is built again while it serves, and swapped under a projector and readers in other processes', async () => {
      const store = new FakeLedger();
      for (let event = 0; event < 200; event++) store.add(`task-${(event % 50) + 1}`);
      const [serving, reader, rebuilding] = [open(), open(), open()];
      const projection = projectionWithout();
      const projector = startProjector({
        store,
        target: serving,
        projection,
        clock,
        logger: silentLogger,
      });
      projectors.push(projector);
      await untilTrue(() => projector.status().caughtUp);
      // What only a copy that was built again puts right.
      await removeTask(url, 7);
      expect(await reader.get(7)).toBeUndefined();
      const rebuilt = rebuild({
        readModel: rebuilding,
        start: intoCopy(store, rebuilding),
        logger: silentLogger,
        signal: new AbortController().signal,
      });
      await untilTrue(async () => (await reader.get(7)) !== undefined);
      store.add('task-8');
      const { signal } = new AbortController();
      expect(await reader.waitForRevision(8, 4, signal)).toBe(true);
      expect(await rebuilt).toBe(true);
      store.add('task-9');
      expect(await reader.waitForRevision(9, 4, signal)).toBe(true);
      expect((await reader.list({}, 100)).items).toHaveLength(50);
      expect(await taskCollections(url)).toEqual(['tasks_v5_2']);
      await untilTrue(() => projector.status().position === position(202));
    });

    it('is built beside what a former version serves, which the next copy takes the place of', async () => {
      await withDatabase(url, async (db) => {
        const former = [
          'tasks_3',
          'checkpoints_3',
          'parked_3',
          'tasks_v2_3',
          'counts_v2_3',
          'tasks_v3_3',
          'series_v3_3',
          'tasks_v4_3',
        ];
        for (const name of former) await db.createCollection(name);
      });
      const readModel = open();
      const rebuilt = async (taskId: number): Promise<string[]> => {
        const copy = await readModel.startCopy();
        await copy.apply([change(taskId, 0)], at(taskId, 1));
        await copy.serve();
        await copy.removeOthers();
        return taskCollections(url);
      };
      expect(await rebuilt(1)).toEqual(['tasks_3', 'tasks_v2_3', 'tasks_v3_3', 'tasks_v4_3', 'tasks_v5_2']);
      expect(await rebuilt(2)).toEqual(['tasks_v5_3']);
      expect(await readModel.get(2)).toBeDefined();
    });

    it('removes a copy whose building was given up', async () => {
      const readModel = open();
      await readModel.apply([change(1, 0)]);
      const store = new FakeLedger();
      store.add('task-1');
      const start = intoCopy(store, readModel);
      const signal = AbortSignal.abort();
      expect(await rebuild({ readModel, start, logger: silentLogger, signal })).toBe(false);
      expect(await taskCollections(url)).toEqual(['tasks_v5_1']);
      expect(await readModel.get(1)).toBeDefined();
    });

    it('serves every combination of filters from an index of its own', async () => {
      await open().apply([change(1, 0)]);
      await withTasks(url, async (tasks) => {
        const keys = (await tasks.indexes()).map(({ key }) => Object.keys(key).join());
        const wanted = TASK_INDEXES.map(({ key }) => Object.keys(key).join());
        expect(wanted).toHaveLength(27);
        expect(keys).toEqual(expect.arrayContaining(wanted));
        // FerretDB takes no part of a plan from an index.
        if (await isFerretDb(url)) return;
        const someStates = { 'head.status': { $in: ['failed', 'running'] }, 'head.place': { $lt: '3' } };
        const plans = [
          ['projectId_status_place', { 'head.projectId': 1, ...someStates }],
          [
            'paths_status_taskType_place',
            { paths: 'crawl/', ...someStates, 'head.taskType': { $in: ['ocr', 'search'] } },
          ],
          ['key_place', { key: 'crawl/7', ...someStates }],
          ['worker_status_place', { 'head.traits.worker': 'worker-7', ...someStates, 'head.projectId': 1 }],
          ['words_status_place', { 'head.words': 'crawl', ...someStates }],
          ['labels_status_place', { 'head.traits.labels': 'team:search', ...someStates }],
        ] as const;
        for (const [hint, wanted] of plans) {
          const stages = await stagesOf(tasks, wanted, hint, { 'head.place': -1 });
          expect(stages).toContain('"stage":"IXSCAN"');
          expect(stages).not.toContain('"stage":"SORT"');
        }
        const ended = { 'head.status': 'failed', 'head.taskType': { $in: ['ocr', 'search'] } };
        const times = [
          ['status_taskType_ended', { ...ended, 'head.ended': { $gte: '2025' } }],
          ['status_taskType_started', { ...ended, 'head.startedAtJson': { $gte: '"2025', $lt: '#' } }],
          ['status_taskType_due', { ...ended, 'head.traits.due_at': { $lt: '2025' } }],
        ] as const;
        for (const [hint, wanted] of times) {
          // Few are sorted: by what is between two times, and not by a walk along the list.
          const stages = await stagesOf(tasks, wanted, hint, { 'head.place': -1 });
          expect(stages).toContain('"stage":"IXSCAN"');
          expect(stages).toContain('"stage":"SORT"');
          const counted = await tasks.aggregate([{ $match: wanted }, { $limit: 5 }], { hint }).explain();
          expect(JSON.stringify(counted)).not.toContain('"stage":"COLLSCAN"');
        }
      });
    });

    it('keeps what a projector last said of itself', async () => {
      const [one, other] = [open(), open()];
      expect(await other.readHeartbeat('tasks')).toBeUndefined();
      const heartbeat = {
        position: position(7),
        lagMs: 20,
        lagEvents: 3,
        caughtUp: true,
        parkedStreams: 1,
        atMs: 5,
      };
      await one.writeHeartbeat('tasks', { ...heartbeat, atMs: 4 });
      await one.writeHeartbeat('tasks', heartbeat);
      expect(await other.readHeartbeat('tasks')).toEqual(heartbeat);
    });
  });
});

/** Has a projector fill a copy. */
function intoCopy(store: FakeLedger, readModel: MongoDbReadModel): RebuildOptions['start'] {
  const projection = projectionWithout();
  return (copy) => [
    {
      projector: startProjector({ store, target: copy, projection, clock, logger: silentLogger }),
      served: () => readModel.checkpoint(projection.name),
    },
  ];
}

type Tasks = ReturnType<Db['collection']>;

/** The stages of the plan for a page. */
async function stagesOf(
  tasks: Tasks,
  wanted: object,
  hint: string,
  sort: { [member: string]: -1 },
): Promise<string[]> {
  const plan = await tasks.find(wanted, { hint, sort, limit: 5 }).explain('queryPlanner');
  return JSON.stringify(plan).match(/"stage":"\w+"/g) ?? [];
}

async function withDatabase<Answer>(url: string, use: (db: Db) => Promise<Answer>): Promise<Answer> {
  const client = new MongoClient(url);
  try {
    return await use(client.db());
  } finally {
    await client.close();
  }
}

function withTasks<Answer>(url: string, use: (tasks: Tasks) => Promise<Answer>): Promise<Answer> {
  return withDatabase(url, (db) => use(db.collection('tasks_v5_1')));
}

async function removeTask(url: string, taskId: number): Promise<void> {
  const _id = String(taskId).padStart(16, '0') as never;
  await withTasks(url, (tasks) => tasks.deleteOne({ _id }));
}

async function taskCollections(url: string): Promise<string[]> {
  const found = await withDatabase(url, (db) => db.listCollections({}, { nameOnly: true }).toArray());
  return found
    .map(({ name }) => name)
    .filter((name) => name.startsWith('tasks_'))
    .sort();
}

async function isFerretDb(url: string): Promise<boolean> {
  const info = await withDatabase(url, (db) => db.command({ buildInfo: 1 }));
  return Object.keys(info).some((name) => name.startsWith('ferretdb'));
}
