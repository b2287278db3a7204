import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeptDays } from '../../../projections/engine/kept-days.js';
import { seriesChange } from '../../../projections/series/series-change.js';
import { seriesProjection } from '../../../projections/series/series-projection.js';
import { errorKeyOf } from '../../../shared/core/domain/error-key.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { bucketOf, SERIES_INTERVALS, type SeriesPoint } from '../../../shared/core/ports/task-series.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { MemoryTaskSeries } from '../../support/memory-task-series.js';
import { naiveFailures } from '../../support/naive-failures.js';
import { naiveSeries, type Happened } from '../../support/naive-series.js';
import { position } from '../../support/read-model/changes.js';
import { history, type Sent } from '../domain/any-history.js';
import { ledgerOf, type Ledger } from './decided-ledger.js';

const PROJECTION = seriesProjection.name;

describe('what an event adds to the series', () => {
  let store: MemoryEventStore;
  let commands: CommandSide;
  beforeEach(() => {
    store = new MemoryEventStore();
    commands = new CommandSide(store);
  });

  /** Creates task 1 and reports what happened to it, so many milliseconds after each other. */
  async function given(
    afterMs: number,
    ...happened: [type: string, data?: object, over?: object][]
  ): Promise<RecordedEvent[]> {
    await commands.one(created('job/1', {}, { project_id: 7 }));
    for (const [type, data, over] of happened) {
      commands.nowMs += afterMs;
      const event = lifecycleEvent(type, 'job/1', data, over as Record<string, unknown>);
      expect(await commands.one(event)).toMatchObject({ outcome: 'accepted' });
    }
    return store.stream('task-1');
  }

  const kinds = (events: RecordedEvent[]) => events.map((event) => seriesChange(event)?.happened);

  it('says of which project and type it is, where in the ledger, and when it happened', async () => {
    const startedAt = '2025-03-12T09:59:59.250Z';
    const events = await given(1500, ['started', {}, { time: startedAt }], ['completed']);
    const task = { projectId: 7, taskType: 'search' };
    const recordedAt = (event?: RecordedEvent) => event?.metadata.recorded_at;
    expect(events.map(seriesChange)).toEqual([
      { ...task, position: events[0]?.position, happened: 'created', at: recordedAt(events[0]) },
      { ...task, position: events[1]?.position, happened: 'started', at: startedAt },
      { ...task, position: events[2]?.position, happened: 'completed', at: recordedAt(events[2]) },
    ]);
  });

  it.each([0, 1000])('is the first start alone, also where others are %d ms later', async (afterMs) => {
    const events = await given(
      afterMs,
      ['started'],
      ['progressed', { progress: 1 }],
      ['started'],
      ['progressed', { progress: 1 }],
      ['failed', { error_message: 'disk full' }],
    );
    expect(kinds(events)).toEqual(['created', 'started', undefined, undefined, undefined, 'failed']);
  });

  it('is a start with the first progress, when no start was reported', async () => {
    const events = await given(0, ['progressed', { progress: 1 }], ['progressed', { progress: 2 }]);
    expect(kinds(events)).toEqual(['created', 'started', undefined]);
  });

  it('is no start of what ends at once', async () => {
    expect(kinds(await given(0, ['cancelled', {}]))).toEqual(['created', 'cancelled']);
  });

  it('is a failure with its error, of an attempt or of the task, beside what else happened', async () => {
    const events = await given(
      0,
      ['attempt_failed', { error_message: 'page 7 is blank\nat one', error_type: 'ScanError' }],
      ['started'],
      ['attempt_failed', { error_message: 'page 12 is blank', error_type: 'ScanError' }],
      ['failed', { error_message: 'disk full' }],
    );
    expect(kinds(events)).toEqual(['created', 'started', undefined, undefined, 'failed']);
    const [, first, , second, last] = events.map((event) => seriesChange(event)?.failure);
    const scan = { taskId: 1, errorType: 'ScanError', errorKey: errorKeyOf('ScanError', 'page 7 is blank') };
    expect(first).toEqual({ ...scan, of: 'attempt', text: 'page 7 is blank' });
    expect(second).toEqual({ ...scan, of: 'attempt', text: 'page 12 is blank' });
    const full = { errorType: null, errorKey: errorKeyOf(undefined, 'disk full'), text: 'disk full' };
    expect(last).toEqual({ ...full, taskId: 1, of: 'task' });
    expect(seriesChange(events[3] as RecordedEvent)).toMatchObject({
      ...{ projectId: 7, taskType: 'search', at: events[3]?.metadata.recorded_at },
    });
    expect(seriesChange(events[2] as RecordedEvent)).toBeUndefined();
  });

  it('is an error when this version can not read the event', async () => {
    const [event] = (await given(0)) as [RecordedEvent];
    expect(() => seriesChange({ ...event, type: 'TaskPaused' })).toThrow(/Unknown event type "TaskPaused"/);
    const after = event.data.after as object;
    const typeless = { ...event, data: { after: { ...after, task_type: 7 } } };
    expect(() => seriesChange(typeless)).toThrow(/lacks the type or the times/);
    const started = { ...after, status: 'running', started_at: 'then' };
    expect(() => seriesChange({ ...event, revision: 1, data: { after: started } })).toThrow(
      /lacks the type or the times/,
    );
  });
});

/** How a run goes: how many events each batch has, and before which write it is cut off, if ever. */
const run = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
  cutOffAt: fc.integer({ min: 0, max: 60 }),
  daysLater: fc.integer({ min: 0, max: 3 }),
});

/** Few enough minutes, hours and days that tasks share them, and some of them too old to be kept. */
const TODAY_MS = Date.parse('2025-03-12T12:00:00.000Z');
const KEEP_DAYS = 5;
const DAY_MS = 86_400_000;
const shared: fc.Arbitrary<Sent[]> = history.map((sent) =>
  sent.map((one) => {
    const ms = Date.parse(one.at);
    const at = TODAY_MS - (ms % 11) * DAY_MS - (ms % 3) * 3_600_000 - (ms % 4) * 30_000;
    return { ...one, at: new Date(at).toISOString() };
  }),
);

/** Gives events batch by batch from the checkpoint on, until it is cut off or they end. */
async function follow(
  inner: MemoryTaskSeries,
  { events }: Ledger,
  { batches, cutOffAt }: { batches: number[]; cutOffAt: number },
  nowMs: number,
): Promise<void> {
  let writes = 0;
  inner.beforeWrite = () => {
    if (writes++ === cutOffAt) throw new Error('cut off');
  };
  const series = new KeptDays(inner, KEEP_DAYS, { nowMs: () => nowMs });
  let next = Number((await series.checkpoint(PROJECTION)) ?? 0);
  for (let turn = 0; next < events.length; turn++) {
    const batch = events.slice(next, next + (batches[turn % batches.length] as number));
    const changes = batch.map(seriesProjection.project).filter((change) => change !== undefined);
    next += batch.length;
    const checkpoint = { projection: PROJECTION, position: position(next) };
    try {
      await series.apply(seriesProjection.merge(changes), { checkpoint });
    } catch {
      return;
    }
  }
}

/** Each count as a line, in the order of the alphabet. */
function linesOf(
  counted: { bucket: string; scope: string | number; what: string; count: number }[],
): string[] {
  const counts = new Map<string, number>();
  for (const { bucket, scope, what, count } of counted) {
    const name = `${bucket} ${scope} ${what}`;
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return [...counts].map(([name, count]) => `${name}: ${count}`).sort();
}

async function shownLines(series: MemoryTaskSeries): Promise<string[]> {
  const points: SeriesPoint[] = [];
  for (const interval of SERIES_INTERVALS) {
    points.push(...(await series.pointsOfProjects(interval, { first: '0', last: '9' }, Infinity)));
    const all = [...new Set(points.map(({ bucket }) => bucket))];
    points.push(...(await series.points(interval, all, 'all')));
  }
  return linesOf(
    points.flatMap(({ bucket, scope, byType }) =>
      [...byType].flatMap(([type, counts]) =>
        Object.entries(counts).map(([happened, count]) => ({
          bucket,
          scope,
          what: `${type} ${happened}`,
          count,
        })),
      ),
    ),
  );
}

function naiveLines(happened: readonly Happened[]): string[] {
  return linesOf(
    happened.flatMap(({ projectId, taskType, happened: kind, at }) =>
      SERIES_INTERVALS.flatMap((interval) =>
        (['all', projectId] as const).map((scope) => {
          return { bucket: bucketOf(interval, at), scope, what: `${taskType} ${kind}`, count: 1 };
        }),
      ),
    ),
  );
}

describe('the series', () => {
  it('equal a count over the tasks, whatever was sent, in any batches, cut off at any write', async () => {
    const histories = fc.array(shared, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(histories, fc.array(run, { maxLength: 4 }), async (sent, runs) => {
        const ledger = ledgerOf(sent);
        fc.pre(ledger.events.length > 0);
        const series = new MemoryTaskSeries();
        let nowMs = TODAY_MS;
        for (const one of runs) {
          nowMs += one.daysLater * DAY_MS;
          await follow(series, ledger, one, nowMs);
        }
        // Something happens on the last day in any case, so that what is too old by then is gone.
        await follow(series, ledger, { batches: [7], cutOffAt: Infinity }, nowMs);
        const kept = new KeptDays(series, KEEP_DAYS, { nowMs: () => nowMs });
        const end = { projection: PROJECTION, position: position(ledger.events.length) };
        await kept.apply([], { checkpoint: end });
        const keptFrom = bucketOf('day', new Date(nowMs - KEEP_DAYS * DAY_MS).toISOString());
        expect(await series.keptFrom()).toBe(keptFrom);
        const expected = naiveSeries(ledger.tasks).filter(({ at }) => bucketOf('day', at) >= keptFrom);
        expect(await shownLines(series)).toEqual(naiveLines(expected));
        const failures = await series.failuresOfProjects({ first: '0', last: '9' }, Infinity);
        expect(failures.map(({ byType, ...place }) => ({ ...place, byType: [...byType] }))).toEqual(
          naiveFailures(ledger.events, keptFrom),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('are pruned once a day, and again by whoever begins', async () => {
    let nowMs = TODAY_MS;
    const inner = new MemoryTaskSeries();
    const days: string[] = [];
    const keepFrom = inner.keepFrom.bind(inner);
    inner.keepFrom = async (day) => {
      days.push(day);
      await keepFrom(day);
    };
    const series = new KeptDays(inner, KEEP_DAYS, { nowMs: () => nowMs });
    const progress = { checkpoint: { projection: PROJECTION, position: position(1) } };
    for (let apply = 0; apply < 3; apply++) await series.apply([], progress);
    nowMs += DAY_MS;
    await series.apply([], progress);
    await series.checkpoint(PROJECTION);
    await series.apply([], progress);
    expect(days).toEqual(['2025-03-07', '2025-03-08', '2025-03-08']);
  });
});
