import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { startLedgerMatch, type LedgerMatch } from '../../projections/engine/ledger-match.js';
import { startProjector, type Projector } from '../../projections/engine/start-projector.js';
import { statsProjection } from '../../projections/stats/stats-projection.js';
import { refreshTask } from '../../projections/tasks/refresh-task.js';
import { tasksProjection } from '../../projections/tasks/tasks-projection.js';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { MongoDbCopy } from '../../shared/adapters/mongodb/mongodb-copy.js';
import { totalOf } from '../../shared/core/domain/task-counts.js';
import { FakeLedger } from '../support/fake-ledger.js';
import { FerretDbServer } from '../support/ferretdb-server.js';
import { idsOf, position } from '../support/read-model/changes.js';
import { recordedLives } from '../support/recorded-life.js';
import { untilTrue } from '../support/until-true.js';

jest.setTimeout(60_000);

const TASKS = 30;
const LEDGER = '7d0b6d8e-0000-4000-8000-000000000001';
const OTHER = '7d0b6d8e-0000-4000-8000-000000000002';
const clock = { nowMs: () => Date.now() };

if (FerretDbServer.isThere()) tests();
else {
  describe('a read model on MongoDB that is lost', () => {
    it.todo('needs FerretDB from scripts/backends/mongodb.sh, which it takes the data of away');
  });
}

function tests(): void {
  describe('a read model on MongoDB that is lost (FerretDB)', () => {
    let server: FerretDbServer;
    let kept: string;
    let store: FakeLedger;
    let opened: MongoDbReadModel[];
    let projectors: Projector[];
    let matches: LedgerMatch[];
    let logged: string[];
    const told = (_: object, message: string): void => void logged.push(message);
    const logger = { debug: () => undefined, info: () => undefined, warn: told, error: told };

    beforeEach(async () => {
      server = await FerretDbServer.make();
      await server.start();
      kept = await mkdtemp(join(tmpdir(), 'taskledger-kept-'));
      store = new FakeLedger();
      store.id = LEDGER;
      for (const [at, event] of (await recordedLives(TASKS)).entries())
        store.take({ ...event, position: position(at + 1) });
      [opened, projectors, matches, logged] = [[], [], [], []];
    });
    afterEach(async () => {
      await Promise.all([...projectors, ...matches].map((one) => one.stop()));
      await Promise.all(opened.map((readModel) => readModel.close()));
      await server.remove();
      await rm(kept, { recursive: true, force: true });
    });

    const url = (): string => `mongodb://127.0.0.1:${server.port}/lost`;
    const open = (): MongoDbReadModel => {
      const readModel = new MongoDbReadModel(url(), { replaced: (reason) => void logged.push(reason) });
      opened.push(readModel);
      return readModel;
    };
    const start = (readModel: MongoDbReadModel): void => {
      projectors.push(
        startProjector({ store, target: readModel, projection: tasksProjection, clock, logger }),
        startProjector({
          store,
          target: readModel.counters,
          projection: statsProjection,
          clock,
          logger,
        }),
      );
    };
    const stop = async (): Promise<void> => {
      for (const projector of projectors.splice(0)) await projector.stop();
    };
    const caughtUp = (): Promise<void> =>
      untilTrue(() =>
        projectors.every((projector) => {
          const { position, caughtUp, rebuilding } = projector.status();
          return caughtUp && rebuilding !== true && position === store.events.at(-1)?.position;
        }),
      );
    /** Waits until the watch has looked twice since, and begun again: it knows what it sees by then. */
    const looked = async (): Promise<void> => {
      const looks = jest.spyOn(MongoDbCopy.prototype, 'checkCollections');
      await untilTrue(() => looks.mock.results.length >= 3);
      looks.mockRestore();
    };
    const onDatabase = async (use: (db: Db) => Promise<unknown>): Promise<void> => {
      const client = new MongoClient(url());
      await use(client.db());
      await client.close();
    };
    const status = { position: undefined, lagMs: 0, caughtUp: true, parkedStreams: 0 };
    /** Whether what a reader serves of a projection is of this ledger, and `status` as that makes it. */
    const matchOf = (served: MongoDbReadModel, projection: string = tasksProjection.name) => {
      const match = startLedgerMatch({ store, served, projection, logger });
      matches.push(match);
      return { match, matched: match.matched({ status: () => status }) };
    };
    /** The ids that a list shows; `undefined` when it is refused. */
    const answer = async (readModel: MongoDbReadModel): Promise<number[] | undefined> => {
      const page = await readModel.list({}, 1_000).catch(() => undefined);
      return page && idsOf(page.items);
    };
    /** Every task is shown as the ledger has it, once all is there again; no answer before lacks any. */
    const neverIncomplete = async (readers: readonly MongoDbReadModel[]): Promise<void> => {
      const answers: number[] = [];
      let refused = 0;
      await untilTrue(async () => {
        const lists = await Promise.all(readers.map(answer));
        for (const ids of lists) {
          if (ids === undefined) refused++;
          else answers.push(ids.length);
        }
        return refused > 0 && lists.every((ids) => ids !== undefined);
      });
      expect(new Set(answers)).toEqual(new Set([TASKS]));
      await caughtUp();
      for (const readModel of readers) await expectFold(readModel);
    };
    const expectFold = async (readModel: MongoDbReadModel): Promise<void> => {
      const fresh = new FakeFold(store);
      for (const [taskId, revision] of fresh.revisions)
        expect(await readModel.get(taskId)).toMatchObject({ taskId, revision });
      expect((await answer(readModel))?.sort((one, other) => one - other)).toEqual(
        [...fresh.revisions.keys()].sort((one, other) => one - other),
      );
      expect(totalOf((await readModel.counters.stats())?.byStatus as never)).toBe(fresh.revisions.size);
    };

    it('is built again when its database is dropped while nothing comes, and not answered from before', async () => {
      const [writing, reading] = [open(), open()];
      start(writing);
      await caughtUp();
      await expectFold(reading);
      await onDatabase((db) => db.dropDatabase());
      await neverIncomplete([writing, reading]);
      expect(logged.filter((line) => line.includes('which copy'))).toHaveLength(1);
      await onDatabase((db) => db.dropDatabase());
      await neverIncomplete([writing, reading]);
    });

    it('is built again when a collection is dropped while nothing comes', async () => {
      const writing = open();
      start(writing);
      await caughtUp();
      for (const collection of ['tasks_v5_1', 'counts_v5_2']) {
        await looked();
        await onDatabase((db) => db.dropCollection(collection));
        await untilTrue(() => logged.some((line) => line.includes(`${collection} was removed`)));
        await caughtUp();
        await expectFold(writing);
      }
    });

    it('is built again by both projectors when one of them, here or elsewhere, begins a new copy', async () => {
      const [writing, elsewhere] = [open(), open()];
      start(writing);
      await caughtUp();
      for (const [readModel, { name }] of [
        [writing.counters, statsProjection],
        [writing, tasksProjection],
        [elsewhere.counters, statsProjection],
        [elsewhere, tasksProjection],
      ] as const) {
        await readModel.madeFrom(name);
        await readModel.reset(name);
        await untilTrue(async () => (await answer(elsewhere))?.length === TASKS);
        await untilTrue(async () => (await elsewhere.counters.stats().catch(() => undefined)) !== undefined);
        await expectFold(elsewhere);
      }
    });

    it('is said to be whole again when that was written over, while nothing comes', async () => {
      const writing = open();
      start(writing);
      await caughtUp();
      for (const side of ['tasks', 'counts']) {
        await onDatabase(async (db) => {
          const copies = db.collection<{ building: Record<string, boolean> }>('copies');
          await copies.updateOne({}, { $set: { [`building.${side}`]: true } });
          await untilTrue(async () => (await copies.findOne())?.building[side] === false);
        });
        expect(await answer(writing)).toHaveLength(TASKS);
        expect(await writing.counters.stats()).toBeDefined();
      }
    });

    it('is not answered from when it is lost while the ledger is away', async () => {
      const [writing, reading] = [open(), open()];
      start(writing);
      await caughtUp();
      await looked();
      expect(await answer(reading)).toHaveLength(TASKS);
      store.identity = () => Promise.reject(new Error('The ledger is away'));
      await onDatabase((db) => db.dropCollection('tasks_v5_1'));
      await untilTrue(async () => (await answer(reading)) === undefined);
      store.identity = () => Promise.resolve(LEDGER);
      await caughtUp();
      await expectFold(reading);
    });

    it('says of counts and lists apart whether they are whole', async () => {
      const [writing, reading] = [open(), open()];
      projectors.push(startProjector({ store, target: writing, projection: tasksProjection, clock, logger }));
      await caughtUp();
      const lists = matchOf(reading).matched;
      const counts = matchOf(reading, statsProjection.name).matched;
      await untilTrue(() => lists.status() === status);
      expect(counts.status()).toMatchObject({ rebuilding: true });
      const target = writing.counters;
      projectors.push(startProjector({ store, target, projection: statsProjection, clock, logger }));
      await caughtUp();
      await untilTrue(() => counts.status() === status);
    });

    it('is built again when an older state is restored under it', async () => {
      const later = store.events.splice(60);
      const [writing, reading] = [open(), open()];
      start(writing);
      await caughtUp();
      await server.kill();
      await cp(server.dataFolder, kept, { recursive: true });
      await server.start();
      for (const event of later) store.take(event);
      await caughtUp();
      // What a reader has written itself is not taken to be there for good.
      expect(await refreshTask(store, reading, TASKS)).toBe(false);
      await expectFold(reading);
      await server.kill();
      await rm(server.dataFolder, { recursive: true });
      await cp(kept, server.dataFolder, { recursive: true });
      await server.start();
      await neverIncomplete([writing, reading]);
    });

    it('keeps, with each checkpoint, which ledger and which event it was made from', async () => {
      const readModel = open();
      start(readModel);
      await caughtUp();
      const last = store.events.at(-1);
      const mark = { position: last?.position, ledgerId: LEDGER, fingerprint: last?.id };
      expect(await readModel.madeFrom(tasksProjection.name)).toEqual([mark]);
      expect(await readModel.counters.madeFrom(statsProjection.name)).toEqual([mark]);
      const ahead = { position: position(9_999), ledgerId: LEDGER, fingerprint: 'ahead' };
      await readModel.apply([], undefined, ahead);
      expect(await readModel.madeFrom(tasksProjection.name)).toEqual([mark, ahead]);
    });

    it('is built again from the ledger that is there, and another one is not answered from', async () => {
      const [writing, reading] = [open(), open()];
      start(writing);
      await caughtUp();
      await stop();
      const { match, matched } = matchOf(reading);
      await untilTrue(() => matched.status() === status);
      await match.check();

      store.id = OTHER;
      const both = `it was made from the ledger ${LEDGER}, and this one is ${OTHER}`;
      await expect(match.check()).rejects.toMatchObject({ code: 'unavailable' });
      expect(matched.status()).toMatchObject({ rebuilding: true, lastError: both });
      expect(logged).toEqual([`The read model is not answered from: ${both}`]);
      store.events.splice(0, store.events.length, ...store.events.slice(0, 10));
      start(writing);
      await caughtUp();
      await match.check();
      expect(matched.status()).toBe(status);
      expect(logged.filter((line) => line.includes('again') && line.includes(both)).length).toBeGreaterThan(
        0,
      );
      expect(await answer(reading)).toHaveLength(new FakeFold(store).revisions.size);
    });

    it('is empty, and whole, over an empty ledger', async () => {
      const [writing, reading] = [open(), open()];
      start(writing);
      await caughtUp();
      await stop();
      store.events.splice(0);
      start(writing);
      await untilTrue(() => projectors.every((one) => one.status().caughtUp));
      await untilTrue(async () => (await answer(reading))?.length === 0);
      expect(await reading.counters.stats()).toBeUndefined();
      const { matched } = matchOf(reading);
      await untilTrue(() => matched.status() === status);
    });

    it('answers from the copy that serves at once when another process has swapped it', async () => {
      const [rebuilding, reading] = [open(), open()];
      start(rebuilding);
      await caughtUp();
      await stop();
      expect(await answer(reading)).toHaveLength(TASKS);
      const copy = await rebuilding.startCopy();
      await copy.serve();
      expect(await reading.list({}, 10)).toEqual({ items: [] });
      expect(await reading.get(1)).toBeUndefined();
    });
  });
}

/** The last revision of each task. */
class FakeFold {
  readonly revisions = new Map<number, number>();

  constructor({ events }: FakeLedger) {
    for (const { stream, revision } of events)
      this.revisions.set(Number(stream.slice('task-'.length)), revision);
  }
}
