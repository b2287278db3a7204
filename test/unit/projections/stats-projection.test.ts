import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startProjector, type Projector } from '../../../projections/engine/start-projector.js';
import { statsProjection } from '../../../projections/stats/stats-projection.js';
import { totalOf } from '../../../shared/core/domain/task-counts.js';
import type { TaskSnapshot } from '../../../shared/core/domain/task.js';
import { silentLogger } from '../../support/command-side.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { MemoryTaskCounters } from '../../support/memory-task-counters.js';
import { exactQuantile, naiveStats } from '../../support/naive-stats.js';
import { position } from '../../support/read-model/changes.js';
import { about } from '../../support/shown-stats.js';
import { history, type Sent } from '../domain/any-history.js';
import { ledgerOf, type Ledger } from './decided-ledger.js';
import { until } from './projector-under-test.js';

const PROJECTION = statsProjection.name;

/** How a run goes: how many events each batch has, and before which write it is cut off, if ever. */
const run = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
  cutOffAt: fc.integer({ min: 0, max: 20 }),
});

/** Gives events batch by batch from the checkpoint on, until it is cut off or they end. */
async function follow(
  counters: MemoryTaskCounters,
  { events }: Ledger,
  { batches, cutOffAt }: { batches: number[]; cutOffAt: number },
): Promise<void> {
  let writes = 0;
  counters.beforeWrite = () => {
    if (writes++ === cutOffAt) throw new Error('cut off');
  };
  let next = Number((await counters.checkpoint(PROJECTION)) ?? 0);
  for (let turn = 0; next < events.length; turn++) {
    const batch = events.slice(next, next + (batches[turn % batches.length] as number));
    const changes = batch.map(statsProjection.project).filter((change) => change !== undefined);
    next += batch.length;
    const checkpoint = { projection: PROJECTION, position: position(next) };
    try {
      await counters.apply(statsProjection.merge(changes), { checkpoint });
    } catch {
      return;
    }
  }
}

async function expectNaiveCounts(counters: MemoryTaskCounters, tasks: readonly TaskSnapshot[]) {
  const all = naiveStats(tasks);
  for (const [projectId, naive] of [
    [undefined, all] as const,
    ...all.by_project.map(({ project_id }) => {
      return [project_id, naiveStats(tasks.filter((task) => task.project_id === project_id))] as const;
    }),
  ]) {
    const { byStatus, silent, byType } = (await counters.stats(projectId))!;
    expect({ total: totalOf(byStatus), by_status: byStatus, silent }).toEqual({
      total: naive.total,
      by_status: naive.by_status,
      silent: naive.silent,
    });
    expect([...byType.keys()].sort()).toEqual(Object.keys(naive.by_type).sort());
    for (const [type, { by_status, silent, durations }] of Object.entries(naive.by_type)) {
      const ofType = byType.get(type)!;
      expect(ofType.byStatus).toEqual(by_status);
      expect(ofType.silent).toBe(silent);
      expect(ofType.durations).toEqual({
        count: durations.length,
        medianMs: about(exactQuantile(durations, 0.5)),
        p95Ms: about(exactQuantile(durations, 0.95)),
      });
    }
  }
  const projects = await counters.projects(1000);
  expect(projects.map(({ projectId, byStatus, silent }) => ({ projectId, byStatus, silent }))).toEqual(
    all.by_project.map(({ project_id, by_status, silent }) => {
      return { projectId: project_id, byStatus: by_status, silent };
    }),
  );
}

describe('the counts', () => {
  it('equal a count over the tasks, whatever was sent, in any batches, cut off at any write', async () => {
    const histories = fc.array(history, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(histories, fc.array(run, { maxLength: 4 }), async (sent, runs) => {
        const ledger = ledgerOf(sent);
        fc.pre(ledger.events.length > 0);
        const counters = new MemoryTaskCounters();
        for (const one of runs) await follow(counters, ledger, one);
        await follow(counters, ledger, { batches: [7], cutOffAt: Infinity });
        await expectNaiveCounts(counters, ledger.tasks);
      }),
      { numRuns: 300 },
    );
  });

  describe('of a stream with an event that can not be read', () => {
    /** Five tasks that are created and started, of which the second has something unknown in between. */
    function troubled(): FakeLedger {
      const store = new FakeLedger();
      const at = '2025-03-12T10:00:00.000Z';
      const sent = (command: Sent['command'], id: string): Sent => ({
        command,
        origin: { source: 's', id },
        at,
      });
      const life = [
        sent({ type: 'CreateTask', facts: { project_id: 1, task_type: 'search', params: {} } }, 'c'),
        sent({ type: 'StartTask', facts: {} }, 's'),
        sent({ type: 'CompleteTask', facts: {} }, 'e'),
      ];
      for (const event of ledgerOf(Array.from({ length: 5 }, () => life)).events) {
        const isUnknown = event.stream === 'task-2' && event.revision === 1;
        store.take(isUnknown ? { ...event, type: 'TaskPaused' } : event);
      }
      return store;
    }

    const caughtUp = async (projector: Projector): Promise<void> => {
      await until(() => projector.status().caughtUp);
      await projector.stop();
    };

    it('stay as they were before it, while all others go on, also after a start again', async () => {
      const [store, counters] = [troubled(), new MemoryTaskCounters()];
      const options = { store, target: counters, projection: statsProjection, logger: silentLogger };
      const clock = { nowMs: () => Date.parse('2025-03-12T10:00:00.000Z') };
      for (let start = 0; start < 2; start++) {
        const projector = startProjector({ ...options, clock });
        await caughtUp(projector);
        expect(projector.status()).toMatchObject({ parkedStreams: 1, position: position(15) });
        expect(await counters.parked(PROJECTION)).toMatchObject([
          { stream: 'task-2', revision: 1, reason: expect.stringContaining('TaskPaused') },
        ]);
        const { byStatus } = (await counters.stats())!;
        expect(byStatus).toEqual({ pending: 1, running: 0, completed: 4, failed: 0, cancelled: 0 });
      }
    });
  });
});
