import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Failure, FailurePoint } from '../../shared/core/ports/task-failures.js';
import type { ParkedStream, ProjectionProgress, ReadModel } from '../../shared/core/ports/read-model.js';
import type {
  SeriesChange,
  SeriesPoint,
  SeriesScope,
  TaskSeries,
} from '../../shared/core/ports/task-series.js';
import { position } from './read-model/changes.js';

/** What is opened: the series, and the read model that they live in. */
export interface OpenSeries {
  readModel: ReadModel;
  series: TaskSeries;
}

/** One engine with its data, for one test. */
export interface SeriesHarness {
  /** Opens it on the data that is there; a test closes one before it opens the next. */
  open(): Promise<OpenSeries>;
  /** Takes the data away. */
  cleanUp(): Promise<void>;
}

const upTo = (number: number, projection = 'series'): ProjectionProgress => ({
  checkpoint: { projection, position: position(number) },
});

/** What the event at a position adds. */
function change(at: number, said: Partial<SeriesChange> = {}): SeriesChange {
  return {
    position: position(at),
    projectId: 1,
    taskType: 'search',
    happened: 'created',
    at: '2025-03-12T10:05:30.000Z',
    ...said,
  };
}

/** A failure at a position, and nothing else. */
function failed(at: number, said: Partial<Failure> = {}, more: Partial<SeriesChange> = {}): SeriesChange {
  const { happened: _, ...placed } = change(at, more);
  const failure: Failure = {
    ...{ of: 'task', taskId: at, errorKey: '00000000000000f0', errorType: 'OSError', text: 'disk full' },
    ...said,
  };
  return { ...placed, failure };
}

/** The contract that every `TaskSeries` keeps, whole. @param makeHarness Makes an engine without any data. */
export function exerciseTaskSeries(name: string, makeHarness: () => Promise<SeriesHarness>): void {
  describe(`TaskSeries: ${name}`, () => {
    let harness: SeriesHarness;
    let opened: OpenSeries;
    let series: TaskSeries;
    const open = async (): Promise<void> => {
      opened = await harness.open();
      ({ series } = opened);
    };
    const reopen = async (): Promise<void> => {
      await opened.readModel.close();
      await open();
    };
    beforeEach(async () => {
      harness = await makeHarness();
      await open();
    });
    afterEach(async () => {
      await opened.readModel.close();
      await harness.cleanUp();
    });

    /** What a day has of a scope, as `type happened count` each. */
    const onDay = async (day: string, scope: SeriesScope = 'all'): Promise<string[]> =>
      (await series.points('day', [day], scope)).flatMap(told);
    const told = ({ byType }: SeriesPoint): string[] =>
      [...byType].flatMap(([type, counts]) =>
        Object.entries(counts).map(([happened, count]) => `${type} ${happened} ${count}`),
      );

    it('has nothing before the first', async () => {
      expect(await series.keptFrom()).toBeUndefined();
      expect(await onDay('2025-03-12')).toEqual([]);
      const between = { first: '2025-03-12', last: '2025-03-12' };
      expect(await series.pointsOfProjects('day', between, 10)).toEqual([]);
      expect(await series.checkpoint('series')).toBeUndefined();
    });

    it('counts in each minute, hour and day, of all projects and of each, by type', async () => {
      await series.apply(
        [
          change(1),
          change(2, { projectId: 2, taskType: 'ocr' }),
          change(3, { happened: 'started', at: '2025-03-12T10:05:59.999Z' }),
          change(4, { at: '2025-03-12T10:06:00.000Z' }),
        ],
        upTo(5),
      );
      await series.apply([change(6, { happened: 'failed', at: '2025-03-12T11:00:00.000Z' })], upTo(6));
      await reopen();
      const counted = (byType: object) => new Map(Object.entries(byType));
      const minutes = ['2025-03-12T10:04', '2025-03-12T10:05', '2025-03-12T10:06', '2025-03-12T10:07'];
      expect(await series.points('minute', minutes, 'all')).toEqual([
        {
          bucket: '2025-03-12T10:05',
          scope: 'all',
          byType: counted({ search: { created: 1, started: 1 }, ocr: { created: 1 } }),
        },
        { bucket: '2025-03-12T10:06', scope: 'all', byType: counted({ search: { created: 1 } }) },
      ]);
      expect(await series.points('hour', ['2025-03-12T10', '2025-03-12T11'], 1)).toEqual([
        { bucket: '2025-03-12T10', scope: 1, byType: counted({ search: { created: 2, started: 1 } }) },
        { bucket: '2025-03-12T11', scope: 1, byType: counted({ search: { failed: 1 } }) },
      ]);
      expect(await series.points('day', ['2025-03-12'], 2)).toEqual([
        { bucket: '2025-03-12', scope: 2, byType: counted({ ocr: { created: 1 } }) },
      ]);
      expect(await series.points('day', ['2025-03-12'], 3)).toEqual([]);
    });

    it('takes any name of a type', async () => {
      const names = ['__proto__', 'a.b', '$max', 'toString', 'all'];
      await series.apply(
        names.map((taskType, at) => change(at + 1, { taskType })),
        upTo(5),
      );
      await reopen();
      await series.apply([change(6, { taskType: '__proto__' })], upTo(6));
      expect((await onDay('2025-03-12')).sort()).toEqual(
        names.map((one) => `${one} created ${one === '__proto__' ? 2 : 1}`).sort(),
      );
    });

    it('gives what happened in each project, whose id may be any int, and no more than asked for', async () => {
      const ids = [Number.MIN_SAFE_INTEGER, -70, -9, -1, 0, 2, 10, 9_000, Number.MAX_SAFE_INTEGER];
      const days = ['2025-03-11', '2025-03-12', '2025-03-13'];
      const changes = days.flatMap((day, number) =>
        [...ids].reverse().map((projectId, at) => {
          return change(number * 100 + at + 1, { projectId, at: `${day}T10:00:00.000Z` });
        }),
      );
      await series.apply(changes, upTo(300));
      const between = { first: '2025-03-11', last: '2025-03-12' };
      const found = await series.pointsOfProjects('day', between, 100);
      expect(found.map(({ bucket, scope }) => [bucket, scope])).toEqual(
        days.slice(0, 2).flatMap((day) => ids.map((projectId) => [day, projectId])),
      );
      expect(new Set(found.flatMap(told))).toEqual(new Set(['search created 1']));
      expect(await series.pointsOfProjects('day', between, 4)).toEqual(found.slice(0, 4));
    });

    it('counts every change once, when they are given again after the checkpoint was not written', async () => {
      const all = [
        change(1),
        change(2, { projectId: 2 }),
        change(3, { happened: 'started' }),
        change(4, { projectId: 2, happened: 'cancelled', at: '2025-03-13T00:00:00.000Z' }),
        change(5, { at: '2025-03-13T00:00:00.000Z' }),
      ];
      await series.apply(all.slice(0, 3), upTo(3));
      // As after a crash in between: the records are further than what is given next, in other batches than before.
      await reopen();
      await series.checkpoint('series');
      await series.apply(all.slice(0, 1), upTo(1));
      expect(await series.checkpoint('series')).toBe(position(3));
      await series.apply(all.slice(1), upTo(5));
      await series.apply(all, upTo(5));
      expect(await onDay('2025-03-12')).toEqual(['search created 2', 'search started 1']);
      expect(await onDay('2025-03-13')).toEqual(['search cancelled 1', 'search created 1']);
      expect(await onDay('2025-03-12', 1)).toEqual(['search created 1', 'search started 1']);
    });

    it('keeps nothing from before a day, and takes nothing of it', async () => {
      const days = ['2025-03-10', '2025-03-11', '2025-03-12'];
      const created = days.map((day, at) => change(at + 1, { at: `${day}T23:59:59.999Z` }));
      await series.apply(created, upTo(3));
      await series.keepFrom('2025-03-12');
      expect(await series.keptFrom()).toBe('2025-03-12');
      await series.keepFrom('2025-03-10');
      expect(await series.keptFrom()).toBe('2025-03-12');
      await reopen();
      const late = days.map((day, at) => change(at + 4, { at: `${day}T00:00:00.000Z` }));
      await series.apply(late, upTo(6));
      expect(await series.keptFrom()).toBe('2025-03-12');
      const between = { first: '2000', last: '3000' };
      for (const interval of ['minute', 'hour', 'day'] as const) {
        const left = await series.pointsOfProjects(interval, between, 100);
        expect(new Set(left.map(({ bucket }) => bucket.slice(0, 10)))).toEqual(new Set(['2025-03-12']));
      }
      expect(await onDay('2025-03-11')).toEqual([]);
      expect(await onDay('2025-03-12')).toEqual(['search created 2']);
    });

    const failuresTold = (points: FailurePoint[]) =>
      points.map(({ byType, ...place }) => ({ ...place, byType: [...byType] }));

    it('tells failures by error, in each hour of a project, by type, and counts nothing else for them', async () => {
      await series.apply(
        [
          failed(1, { of: 'attempt', text: 'disk full: 1' }),
          failed(2, { text: 'disk full: 2' }, { at: '2025-03-12T10:59:59.999Z' }),
          failed(3, { errorKey: '0000000000000510', errorType: null }, { taskType: '__proto__' }),
          failed(4, {}, { projectId: -7 }),
        ],
        upTo(4),
      );
      await reopen();
      const late = { at: '2025-03-12T10:00:00.000Z', happened: 'failed' as const };
      await series.apply(
        [{ ...failed(5, {}, late), happened: 'failed' }, failed(6, {}, { at: '2025-03-12T11:00:00.000Z' })],
        upTo(6),
      );
      const ofType = {
        ...{ errorKey: '00000000000000f0', errorType: 'OSError', text: 'disk full: 2', taskId: 2 },
        ...{ tasks: 2, attempts: 1, firstAt: '2025-03-12T10:00:00.000Z', lastAt: '2025-03-12T10:59:59.999Z' },
      };
      const at = '2025-03-12T10:05:30.000Z';
      const other = {
        ...{ errorKey: '0000000000000510', errorType: null, text: 'disk full', taskId: 3 },
        ...{ tasks: 1, attempts: 0, firstAt: at, lastAt: at },
      };
      const hours = ['2025-03-12T09', '2025-03-12T10', '2025-03-12T11'];
      const [ten, eleven] = failuresTold(await series.failures(hours, 1));
      expect(ten).toEqual({
        ...{
          bucket: '2025-03-12T10',
          projectId: 1,
          byType: [
            ['search', [ofType]],
            ['__proto__', [other]],
          ],
        },
      });
      expect(eleven).toMatchObject({
        bucket: '2025-03-12T11',
        byType: [['search', [{ taskId: 6, tasks: 1 }]]],
      });
      expect(await series.failures(hours, 2)).toEqual([]);
      expect(await onDay('2025-03-12')).toEqual(['search failed 1']);
    });

    it('gives the failures of all projects, so many at a time, and goes on after any of them', async () => {
      const ids = [Number.MIN_SAFE_INTEGER, -70, -9, 0, 2, 10, Number.MAX_SAFE_INTEGER];
      const hours = ['2025-03-12T10', '2025-03-12T11', '2025-03-12T12'];
      const all = hours.flatMap((hour, at) =>
        [...ids].reverse().map((projectId, number) => {
          return failed(at * 10 + number + 1, {}, { projectId, at: `${hour}:00:00.000Z` });
        }),
      );
      await series.apply(all, upTo(40));
      const between = { first: '2025-03-12T10', last: '2025-03-12T11' };
      const whole = await series.failuresOfProjects(between, 100);
      expect(whole.map(({ bucket, projectId }) => [bucket, projectId])).toEqual(
        hours.slice(0, 2).flatMap((hour) => ids.map((projectId) => [hour, projectId])),
      );
      const pages: FailurePoint[] = [];
      for (let page = 0; page < 5; page++)
        pages.push(...(await series.failuresOfProjects(between, 3, pages.at(-1))));
      expect(pages).toEqual(whole);
    });

    it('counts every failure once, and keeps none from before a day', async () => {
      const all = [1, 2, 3].map((at) => failed(at, {}, { at: `2025-03-1${at}T10:00:00.000Z` }));
      const everything = async () =>
        failuresTold(await series.failuresOfProjects({ first: '2000', last: '3000' }, 9));
      await series.apply(all.slice(0, 2), upTo(2));
      // As after a crash before the checkpoint was written.
      await reopen();
      await series.checkpoint('series');
      await series.apply(all.slice(1), upTo(3));
      expect((await everything()).map(({ byType }) => byType[0]?.[1][0]?.tasks)).toEqual([1, 1, 1]);
      await series.keepFrom('2025-03-12');
      await series.apply([failed(4, {}, { at: '2025-03-11T10:00:00.000Z' })], upTo(4));
      expect((await everything()).map(({ bucket }) => bucket)).toEqual(['2025-03-12T10', '2025-03-13T10']);
    });

    it('adds to, and removes, more records than one write takes', async () => {
      const start = Date.parse('2025-03-12T00:00:00.000Z');
      const minutes = Array.from({ length: 600 }, (_, at) =>
        change(at + 1, { at: new Date(start + at * 60_000).toISOString() }),
      );
      await series.apply(minutes, upTo(600));
      const all = minutes.map(({ at }) => at.slice(0, 16));
      expect(await series.points('minute', all, 1)).toHaveLength(600);
      expect(await onDay('2025-03-12')).toEqual(['search created 600']);
      await series.keepFrom('2025-03-13');
      expect(await series.points('minute', all, 1)).toEqual([]);
      expect(await onDay('2025-03-12')).toEqual([]);
    });

    it('counts what is handed over at once one after the other', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, at) => series.apply([change(at + 1)], upTo(at + 1))));
      expect(await onDay('2025-03-12')).toEqual(['search created 20']);
    });

    it('keeps checkpoints and parked streams beside those of the documents', async () => {
      const parked: ParkedStream = {
        projection: 'series',
        stream: 'task-9',
        revision: 1,
        position: position(4),
        reason: 'Unknown event type "TaskPaused"',
        parkedAt: '2025-03-12T10:00:00.000Z',
      };
      await series.apply([], { ...upTo(4), park: [parked] });
      await opened.readModel.apply([], upTo(9, 'tasks'));
      await reopen();
      expect(await series.checkpoint('series')).toBe(position(4));
      expect(await series.parked('series')).toEqual([parked]);
      expect(await series.parked('tasks')).toEqual([]);
    });

    it('waits for the writes under way when it closes, and refuses everything after it', async () => {
      const writes = Array.from({ length: 5 }, (_, at) => series.apply([change(at + 1)], upTo(at + 1)));
      const closed = series;
      await reopen();
      await Promise.all(writes);
      expect(await onDay('2025-03-12')).toEqual(['search created 5']);
      const unavailable = { code: 'unavailable' };
      await expect(closed.points('day', ['2025-03-12'], 'all')).rejects.toMatchObject(unavailable);
      await expect(closed.keptFrom()).rejects.toMatchObject(unavailable);
      await expect(closed.failures(['2025-03-12T10'], 1)).rejects.toMatchObject(unavailable);
      const between = { first: '2025-03-12T10', last: '2025-03-12T10' };
      await expect(closed.failuresOfProjects(between, 1)).rejects.toMatchObject(unavailable);
      await expect(closed.apply([], upTo(9))).rejects.toMatchObject(unavailable);
      await expect(closed.keepFrom('2025-03-12')).rejects.toMatchObject(unavailable);
      await expect(closed.checkpoint('series')).rejects.toMatchObject(unavailable);
      await expect(closed.parked('series')).rejects.toMatchObject(unavailable);
    });
  });
}
