import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { rebuild } from '../../projections/engine/rebuild-read-model.js';
import { startProjector, type Projector } from '../../projections/engine/start-projector.js';
import { statsProjection } from '../../projections/stats/stats-projection.js';
import { tasksProjection } from '../../projections/tasks/tasks-projection.js';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { silentLogger } from '../support/command-side.js';
import { FakeLedger } from '../support/fake-ledger.js';
import { dropDatabase } from '../support/mongodb.js';
import { position } from '../support/read-model/changes.js';
import { recordedLives } from '../support/recorded-life.js';
import { untilTrue } from '../support/until-true.js';
import { useMongoDb } from '../support/use-mongodb.js';

jest.setTimeout(60_000);

const TASKS = 30;
const EVENTS = 5 * TASKS;
const clock = { nowMs: () => Date.now() };
const logger = silentLogger;
const projection = statsProjection;

useMongoDb('MongoDbTaskCounters', ({ name, newUrl }) => {
  describe(`MongoDbTaskCounters: ${name}`, () => {
    let url: string;
    let store: FakeLedger;
    let opened: MongoDbReadModel[];
    let projectors: Projector[];
    const open = (): MongoDbReadModel => {
      const readModel = new MongoDbReadModel(url);
      opened.push(readModel);
      return readModel;
    };
    const start = ({ counters: target }: MongoDbReadModel, epoch = 0): Projector => {
      const projector = startProjector({ store, target, projection, clock, logger, epoch });
      projectors.push(projector);
      return projector;
    };
    /** Every task was cancelled, a third of them in each project. */
    const expectAll = async ({ counters }: MongoDbReadModel): Promise<void> => {
      const counted = (cancelled: number) => ({ pending: 0, running: 0, completed: 0, failed: 0, cancelled });
      expect((await counters.stats())?.byStatus).toEqual(counted(TASKS));
      expect(await counters.projects(10)).toEqual(
        [1, 2, 3].map((projectId) => ({ projectId, byStatus: counted(TASKS / 3), silent: 0 })),
      );
    };

    beforeEach(async () => {
      url = await newUrl();
      store = new FakeLedger();
      for (const [at, event] of (await recordedLives(TASKS)).entries())
        store.take({ ...event, position: position(at + 1) });
      opened = [];
      projectors = [];
    });
    afterEach(async () => {
      for (const projector of projectors) await projector.stop();
      for (const readModel of opened) await readModel.close();
      await dropDatabase(url);
    });

    it('counts once, when a projector that was thought dead goes on', async () => {
      const events = store.events.splice(40);
      const [paused, working] = [open(), open()];
      const dead = start(paused, 1);
      await untilTrue(() => dead.status().position === position(40));
      let goOn = (): void => undefined;
      const isPaused = new Promise<void>((stopped) => {
        const apply = paused.counters.apply.bind(paused.counters);
        jest.spyOn(paused.counters, 'apply').mockImplementationOnce(async (...call) => {
          await new Promise<void>((resolve) => {
            goOn = resolve;
            stopped();
          });
          return apply(...call);
        });
      });
      for (const event of events.splice(0, 30)) store.take(event);
      await isPaused;
      const next = start(working, 2);
      await untilTrue(() => next.status().position === position(70));
      for (const event of events) store.take(event);
      await untilTrue(() => next.status().position === position(EVENTS));
      goOn();
      await untilTrue(() => dead.status().lastError !== undefined);
      expect(dead.status().lastError).toMatch(/Another projector works on stats-1 under epoch 2/);
      await expectAll(open());
    });

    it('goes on from what another process has counted in between', async () => {
      const events = store.events.splice(40);
      const [one, other] = [open(), open()];
      const first = start(one, 1);
      await untilTrue(() => first.status().position === position(40));
      await first.stop();
      for (const event of events.splice(0, 30)) store.take(event);
      const second = start(other, 2);
      await untilTrue(() => second.status().position === position(70));
      await second.stop();
      for (const event of events) store.take(event);
      const third = start(one, 3);
      await untilTrue(() => third.status().position === position(EVENTS));
      await expectAll(open());
    });

    it('begins again when its collections are removed while a projector works', async () => {
      const last = store.events.splice(EVENTS - 1);
      const readModel = open();
      const projector = start(readModel);
      await untilTrue(() => projector.status().position === position(EVENTS - 1));
      await dropDatabase(url);
      for (const event of last) store.take(event);
      const { counters } = open();
      await untilTrue(async () => (await counters.checkpoint(projection.name)) === position(EVENTS));
      await expectAll(readModel);
    });

    it('is built again with the lists, and swapped with them', async () => {
      const serving = open();
      const projector = start(serving);
      await untilTrue(() => projector.status().position === position(EVENTS));
      // What only counts that are built again put right.
      const [former] = await countsCollections(url);
      await spoil(url, former as string);
      const rebuilding = open();
      const { counters } = rebuilding;
      const swapped = await rebuild({
        readModel: rebuilding,
        start: (copy) => [
          {
            projector: startProjector({ store, target: copy, projection: tasksProjection, clock, logger }),
            served: () => rebuilding.checkpoint(tasksProjection.name),
          },
          {
            projector: startProjector({ store, target: copy.counters, projection, clock, logger }),
            served: () => counters.checkpoint(projection.name),
          },
        ],
        logger,
        signal: new AbortController().signal,
      });
      expect(swapped).toBe(true);
      await expectAll(open());
      expect((await open().list({}, 1000)).items).toHaveLength(TASKS);
      const left = await countsCollections(url);
      expect(left).toHaveLength(1);
      expect(left).not.toContain(former);
      await untilTrue(() => projector.status().lastError === undefined);
    });
  });
});

async function spoil(url: string, collection: string): Promise<void> {
  const client = new MongoClient(url);
  const wrong = { 'state.byStatus.cancelled': 7 };
  await client.db().collection(collection).updateMany({}, { $set: wrong });
  await client.close();
}

async function countsCollections(url: string): Promise<string[]> {
  const client = new MongoClient(url);
  const found = await client.db().listCollections({}, { nameOnly: true }).toArray();
  await client.close();
  return found.map(({ name }) => name).filter((name) => name.startsWith('counts_'));
}
