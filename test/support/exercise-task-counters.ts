import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CountChange, StatusCounts } from '../../shared/core/domain/task-counts.js';
import type { TaskStatus } from '../../shared/core/domain/task.js';
import type { ParkedStream, ProjectionProgress, ReadModel } from '../../shared/core/ports/read-model.js';
import type { TaskCounters } from '../../shared/core/ports/task-counters.js';
import { position } from './read-model/changes.js';

/** What is opened: counters, and the read model that they live in. */
export interface OpenCounters {
  readModel: ReadModel;
  counters: TaskCounters;
}

/** One engine with its data, for one test. */
export interface CountersHarness {
  /** Opens it on the data that is there; a test closes one before it opens the next. */
  open(): Promise<OpenCounters>;
  /** Takes the data away. */
  cleanUp(): Promise<void>;
}

const untimed = { count: 0, medianMs: null, p95Ms: null };
const none: StatusCounts = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };

const upTo = (number: number, projection = 'stats'): ProjectionProgress => ({
  checkpoint: { projection, position: position(number) },
});

/** What the event at a position changes. */
function change(
  at: number,
  before: TaskStatus | undefined,
  after: TaskStatus,
  said: Partial<CountChange> = {},
): CountChange {
  return { position: position(at), projectId: 1, taskType: 'search', before, after, ...said };
}

/** The contract that all `TaskCounters` keep, whole. @param makeHarness Makes an engine without any data. */
export function exerciseTaskCounters(name: string, makeHarness: () => Promise<CountersHarness>): void {
  describe(`TaskCounters: ${name}`, () => {
    let harness: CountersHarness;
    let opened: OpenCounters;
    let counters: TaskCounters;
    const open = async (): Promise<void> => {
      opened = await harness.open();
      ({ counters } = opened);
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

    it('has no counts before the first', async () => {
      expect(await counters.stats()).toBeUndefined();
      expect(await counters.stats(1)).toBeUndefined();
      expect(await counters.projects(10)).toEqual([]);
      expect(await counters.checkpoint('stats')).toBeUndefined();
    });

    it('counts by status and type, of all tasks and of each project', async () => {
      await counters.apply(
        [
          change(1, undefined, 'pending'),
          change(2, undefined, 'pending', { projectId: 2, taskType: 'ocr' }),
          change(3, 'pending', 'running'),
          change(5, undefined, 'pending', { taskType: 'ocr' }),
        ],
        upTo(6),
      );
      await counters.apply([change(7, 'running', 'failed')], upTo(7));
      expect(await counters.stats()).toEqual({
        position: position(7),
        byStatus: { ...none, pending: 2, failed: 1 },
        silent: 0,
        byType: new Map([
          ['search', { byStatus: { ...none, failed: 1 }, silent: 0, durations: untimed }],
          ['ocr', { byStatus: { ...none, pending: 2 }, silent: 0, durations: untimed }],
        ]),
      });
      expect(await counters.stats(1)).toMatchObject({ byStatus: { ...none, pending: 1, failed: 1 } });
      expect(await counters.stats(2)).toEqual({
        position: position(6),
        byStatus: { ...none, pending: 1 },
        silent: 0,
        byType: new Map([['ocr', { byStatus: { ...none, pending: 1 }, silent: 0, durations: untimed }]]),
      });
      expect(await counters.stats(3)).toBeUndefined();
    });

    it('counts the silent ones, of all, of each type and of each project', async () => {
      const started = [1, 2, 3].flatMap((task) => [
        change(2 * task - 1, undefined, 'pending', { projectId: task % 2 }),
        change(2 * task, 'pending', 'running', { projectId: task % 2 }),
      ]);
      const silent = (at: number, projectId: number) =>
        change(at, 'running', 'running', { projectId, silent: 1 });
      await counters.apply([...started, silent(7, 1), silent(8, 0), silent(9, 1)], upTo(9));
      await reopen();
      expect(await counters.stats()).toMatchObject({ byStatus: { ...none, running: 3 }, silent: 3 });
      const heard = change(10, 'running', 'running', { silent: -1 });
      await counters.apply([heard, change(11, 'running', 'failed', { silent: -1 })], upTo(11));
      const all = await counters.stats();
      expect(all).toMatchObject({ byStatus: { ...none, running: 2, failed: 1 }, silent: 1 });
      expect(all?.byType.get('search')?.silent).toBe(1);
      expect((await counters.stats(1))?.silent).toBe(0);
      expect(await counters.projects(10)).toMatchObject([
        { projectId: 0, silent: 1 },
        { projectId: 1, silent: 0 },
      ]);
    });

    it('keeps durations by type', async () => {
      const ended = [40, 1_000, 60_000].flatMap((durationMs, task) => [
        change(3 * task + 1, undefined, 'pending'),
        change(3 * task + 2, 'pending', 'running'),
        change(3 * task + 3, 'running', 'completed', { durationMs }),
      ]);
      await counters.apply(ended, upTo(9));
      await reopen();
      const { durations } = (await counters.stats(1))!.byType.get('search')!;
      expect(durations.count).toBe(3);
      expect(Math.abs(durations.medianMs! - 1_000)).toBeLessThanOrEqual(10);
      // What was counted before is still there to be counted on.
      const later = Array.from({ length: 3 }, (_, task) =>
        change(10 + task, 'running', 'completed', { durationMs: 60_000 }),
      );
      await counters.apply(later, upTo(12));
      const { byType } = (await counters.stats())!;
      expect(byType.get('search')?.durations.count).toBe(6);
      expect(Math.abs(byType.get('search')!.durations.medianMs! - 60_000)).toBeLessThanOrEqual(600);
      expect(byType.get('search')?.durations.p95Ms).toBe(byType.get('search')?.durations.medianMs);
    });

    it('takes any name of a type, and many of them', async () => {
      const names = [
        '__proto__',
        'a.b',
        '$max',
        'toString',
        ...Array.from({ length: 50 }, (_, at) => `type_${at}`),
      ];
      const changes = names.map((taskType, at) => change(at + 1, undefined, 'pending', { taskType }));
      await counters.apply(changes, upTo(names.length));
      await reopen();
      await counters.apply([change(100, 'pending', 'running', { taskType: '__proto__' })], upTo(100));
      const { byType } = (await counters.stats())!;
      expect([...byType.keys()].sort()).toEqual([...names].sort());
      expect(byType.get('__proto__')?.byStatus).toEqual({ ...none, running: 1 });
      expect(byType.get('a.b')?.byStatus).toEqual({ ...none, pending: 1 });
    });

    it('lists projects by id, which may be any int, page by page', async () => {
      const ids = [Number.MIN_SAFE_INTEGER, -70, -9, -1, 0, 2, 10, 9_000, Number.MAX_SAFE_INTEGER];
      const changes = [...ids]
        .reverse()
        .map((projectId, at) => change(at + 1, undefined, 'pending', { projectId }));
      await counters.apply(changes, upTo(20));
      const all = await counters.projects(1000);
      expect(all).toEqual(
        ids.map((projectId) => ({ projectId, byStatus: { ...none, pending: 1 }, silent: 0 })),
      );
      const found: number[] = [];
      for (let page = await counters.projects(2); page.length > 0;) {
        found.push(...page.map(({ projectId }) => projectId));
        page = await counters.projects(2, found.at(-1));
      }
      expect(found).toEqual(ids);
    });

    it('counts every change once, when they are given again after the checkpoint was not written', async () => {
      const all = [
        change(1, undefined, 'pending'),
        change(2, undefined, 'pending', { projectId: 2 }),
        change(3, 'pending', 'running'),
        change(4, 'pending', 'cancelled', { projectId: 2 }),
        change(5, undefined, 'pending', { projectId: 3 }),
      ];
      await counters.apply(all.slice(0, 3), upTo(3));
      // As after a crash in between: the counts are further than what is given next, in other batches than before.
      await reopen();
      await counters.checkpoint('stats');
      await counters.apply(all.slice(0, 1), upTo(1));
      await counters.apply(all.slice(1), upTo(5));
      expect(await counters.stats()).toMatchObject({
        position: position(5),
        byStatus: { ...none, pending: 1, running: 1, cancelled: 1 },
      });
      expect(await counters.stats(1)).toMatchObject({ byStatus: { ...none, running: 1 } });
      expect(await counters.stats(2)).toMatchObject({ byStatus: { ...none, cancelled: 1 } });
      expect(await counters.stats(3)).toMatchObject({ byStatus: { ...none, pending: 1 } });
    });

    it('shows never a checkpoint without the counts that it covers', async () => {
      let done = false;
      const writes = (async () => {
        for (let at = 1; at <= 50; at++) {
          await counters.apply([change(at, undefined, 'pending', { projectId: at % 3 })], upTo(at));
        }
        done = true;
      })();
      const reader = counters;
      while (!done) {
        const reached = (await opened.readModel.checkpoint('stats')) ?? '';
        if (reached !== '') {
          const { position: counted, byStatus } = (await reader.stats())!;
          expect(counted >= reached).toBe(true);
          expect(byStatus.pending).toBe(Number(counted));
        }
        await new Promise(setImmediate);
      }
      await writes;
      expect((await counters.stats())?.byStatus.pending).toBe(50);
    });

    it('counts what is handed over at once one after the other', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          counters.apply([change(at + 1, undefined, 'pending')], upTo(at + 1)),
        ),
      );
      expect(await counters.stats()).toMatchObject({
        position: position(20),
        byStatus: { ...none, pending: 20 },
      });
    });

    it.each([
      ['command', 260, 260],
      ['cache', 2_100, 3],
    ])('keeps counts of more projects than one %s takes', async (_, projects, moved) => {
      const created = Array.from({ length: projects }, (_, projectId) =>
        change(projectId + 1, undefined, 'pending', { projectId }),
      );
      const started = Array.from({ length: moved }, (_, projectId) =>
        change(projects + projectId + 1, 'pending', 'running', { projectId }),
      );
      await counters.apply(created, upTo(projects));
      await counters.apply(started, upTo(projects + moved));
      const all = { ...none, pending: projects - moved, running: moved };
      expect((await counters.stats())?.byStatus).toEqual(all);
      const last = { projectId: moved - 1, byStatus: { ...none, running: 1 }, silent: 0 };
      const next = { projectId: moved, byStatus: { ...none, pending: 1 }, silent: 0 };
      expect(await counters.projects(2, moved - 2)).toEqual(moved < projects ? [last, next] : [last]);
    });

    it('keeps checkpoints and parked streams beside those of the documents', async () => {
      const parked: ParkedStream = {
        projection: 'stats',
        stream: 'task-9',
        revision: 1,
        position: position(4),
        reason: 'Unknown event type "TaskPaused"',
        parkedAt: '2025-03-12T10:00:00.000Z',
      };
      await counters.apply([], { ...upTo(4), park: [parked] });
      await opened.readModel.apply([], upTo(9, 'tasks'));
      await reopen();
      expect(await counters.checkpoint('stats')).toBe(position(4));
      expect(await counters.parked('stats')).toEqual([parked]);
      expect(await counters.parked('tasks')).toEqual([]);
      expect(await counters.stats()).toBeUndefined();
      await counters.apply([], upTo(5));
      expect(await counters.checkpoint('stats')).toBe(position(5));
    });

    it('waits for the writes under way when it closes, and refuses everything after it', async () => {
      const writes = Array.from({ length: 5 }, (_, at) =>
        counters.apply([change(at + 1, undefined, 'pending')], upTo(at + 1)),
      );
      const closed = counters;
      await reopen();
      await Promise.all(writes);
      expect((await counters.stats())?.byStatus.pending).toBe(5);
      const unavailable = { code: 'unavailable' };
      await expect(closed.stats()).rejects.toMatchObject(unavailable);
      await expect(closed.projects(1)).rejects.toMatchObject(unavailable);
      await expect(closed.apply([], upTo(9))).rejects.toMatchObject(unavailable);
      await expect(closed.checkpoint('stats')).rejects.toMatchObject(unavailable);
      await expect(closed.parked('stats')).rejects.toMatchObject(unavailable);
    });
  });
}
