import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { fillCopy } from '../../cli/roles/projections.js';
import { rebuild } from '../../projections/engine/rebuild-read-model.js';
import { startProjector, type Projector } from '../../projections/engine/start-projector.js';
import { KeptDays } from '../../projections/engine/kept-days.js';
import { seriesProjection } from '../../projections/series/series-projection.js';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import type { SeriesChange, SeriesEvent, SeriesPoint } from '../../shared/core/ports/task-series.js';
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
const KEEP_DAYS = 10_000;
const clock = { nowMs: () => Date.now() };
const logger = silentLogger;
const projection = seriesProjection;

useMongoDb('MongoDbTaskSeries', ({ name, newUrl }) => {
  describe(`MongoDbTaskSeries: ${name}`, () => {
    let url: string;
    let store: FakeLedger;
    let opened: MongoDbReadModel[];
    let projectors: Projector[];
    const open = (): MongoDbReadModel => {
      const readModel = new MongoDbReadModel(url);
      opened.push(readModel);
      return readModel;
    };
    const start = ({ series }: MongoDbReadModel, epoch = 0): Projector => {
      const target = new KeptDays(series, KEEP_DAYS, clock);
      const projector = startProjector({ store, target, projection, clock, logger, epoch });
      projectors.push(projector);
      return projector;
    };
    /** Every task was created, started and cancelled, a third of them in each project. */
    const expectAll = async ({ series }: MongoDbReadModel): Promise<void> => {
      const between = { first: '0', last: '9' };
      const points = await series.pointsOfProjects('day', between, 1_000);
      expect(totals(points, (scope) => scope === 1)).toEqual(allOf(TASKS / 3));
      expect(totals(points, (scope) => scope !== 'all')).toEqual(allOf(TASKS));
      const days = [...new Set(points.map(({ bucket }) => bucket))];
      expect(totals(await series.points('day', days, 'all'), () => true)).toEqual(allOf(TASKS));
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
        const apply = paused.series.apply.bind(paused.series);
        jest.spyOn(paused.series, 'apply').mockImplementationOnce(async (...call) => {
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
      expect(dead.status().lastError).toMatch(/Another projector works on series-2 under epoch 2/);
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

    it('goes on, and loses nothing, when the other has removed days that it has still counted in', async () => {
      const { series: former } = open();
      const { series: working } = open();
      const at = (day: string, number: number): SeriesChange => {
        const change = { projectId: 1, taskType: 'search', happened: 'created' as const };
        return { ...change, position: position(number), at: `${day}T10:00:00.000Z` };
      };
      const upTo = (number: number) => ({
        checkpoint: { projection: projection.name, position: position(number) },
      });
      await former.checkpoint(projection.name);
      await former.keepFrom('2025-03-01');
      await former.apply([at('2025-03-01', 1), at('2025-03-02', 2)], upTo(2));
      await working.checkpoint(projection.name);
      await working.keepFrom('2025-03-02');
      await former.apply([at('2025-03-01', 3), at('2025-03-02', 4)], upTo(4));
      await working.apply([at('2025-03-01', 3), at('2025-03-02', 4)], upTo(4));
      const left = await working.pointsOfProjects('day', { first: '0', last: '9' }, 10);
      const counted = { byType: new Map([['search', { created: 2 }]]) };
      expect(left).toEqual([{ bucket: '2025-03-02', scope: 1, ...counted }]);
    });

    it('is built again with the lists and counts, and swapped with them', async () => {
      const serving = open();
      const projector = start(serving);
      await untilTrue(() => projector.status().position === position(EVENTS));
      // What only series that are built again put right.
      const [former] = await seriesCollections(url);
      await spoil(url, former as string);
      const rebuilding = open();
      const swapped = await rebuild({
        readModel: rebuilding,
        start: fillCopy(
          { store, clock, logger, seriesKeepDays: KEEP_DAYS, versionsKeepDays: KEEP_DAYS },
          rebuilding,
        ),
        logger,
        signal: new AbortController().signal,
      });
      expect(swapped).toBe(true);
      await expectAll(open());
      expect((await open().list({}, 1000)).items).toHaveLength(TASKS);
      const left = await seriesCollections(url);
      expect(left).toHaveLength(1);
      expect(left).not.toContain(former);
      await untilTrue(() => projector.status().lastError === undefined);
    });
  });
});

const allOf = (tasks: number) => ({ created: tasks, started: tasks, cancelled: tasks });

/** How often each event happened, in all points of some scopes. */
function totals(points: readonly SeriesPoint[], passes: (scope: SeriesPoint['scope']) => boolean) {
  const totals: Partial<Record<SeriesEvent, number>> = {};
  for (const { scope, byType } of points) {
    if (!passes(scope)) continue;
    for (const counts of byType.values())
      for (const [happened, count] of Object.entries(counts) as [SeriesEvent, number][])
        totals[happened] = (totals[happened] ?? 0) + count;
  }
  return totals;
}

async function spoil(url: string, collection: string): Promise<void> {
  const client = new MongoClient(url);
  const wrong = { 'state.byTypeJson': '[["search",{"created":7}]]' };
  await client.db().collection(collection).updateMany({}, { $set: wrong });
  await client.close();
}

async function seriesCollections(url: string): Promise<string[]> {
  const client = new MongoClient(url);
  const found = await client.db().listCollections({}, { nameOnly: true }).toArray();
  await client.close();
  return found.map(({ name }) => name).filter((name) => name.startsWith('series_'));
}
