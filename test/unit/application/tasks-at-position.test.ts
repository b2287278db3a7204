import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { taskChange } from '../../../shared/core/application/task-change.js';
import { openEvent } from '../../../shared/core/application/stored-event.js';
import { taskIdOfStream, taskStream } from '../../../shared/core/application/streams.js';
import {
  EVENTS_AROUND_MAX,
  tasksAtPosition,
  type TasksAtPosition,
} from '../../../shared/core/application/tasks-at-position.js';
import type { TaskSnapshot } from '../../../shared/core/domain/task.js';
import { matchesFilter, type TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { MemoryReadModel } from '../../support/memory-read-model.js';

const OPEN: TaskFilter = { projectId: 1, statuses: ['pending', 'running'] };

/** A ledger with a read model that lags behind it as far as the test says. */
class Behind {
  readonly store = new MemoryEventStore();
  readonly side = new CommandSide(this.store);
  readonly readModel = new MemoryReadModel();
  documentsAt: string | undefined;
  parked: number[] = [];
  /** Called before each page of the lists. */
  beforePage: () => Promise<void> = async () => undefined;

  /** Projects the task events up to a position; all by default. */
  async project(upTo = this.store.events.at(-1)?.position): Promise<void> {
    if (upTo === undefined) return;
    await this.bring((position) => position <= upTo);
    if (this.documentsAt === undefined || this.documentsAt < upTo) this.documentsAt = upTo;
  }

  /** Brings one task's document to its end, as is done for who waits for it. */
  refresh(taskId: number): Promise<void> {
    return this.bring((_, stream) => stream === taskStream(taskId));
  }

  find(filter: TaskFilter = OPEN, tasksMax = 100, times?: 'rfc3339'): Promise<TasksAtPosition | 'too_many'> {
    const { store, readModel, beforePage } = this;
    return tasksAtPosition(
      {
        store,
        readModel: {
          // Pages of two, so that much can happen between them.
          async list(wanted, _limit, ...rest) {
            await beforePage();
            return readModel.list(wanted, 2, ...rest);
          },
        },
        documentsAt: () => this.documentsAt,
        parkedTaskIds: async () => this.parked,
      },
      filter,
      tasksMax,
      times,
    );
  }

  /** The tasks that match at a position, by a fold of the ledger alone: newest first. */
  expected(filter: TaskFilter, position: string | undefined): number[] {
    const states = new Map<number, TaskSnapshot>();
    for (const event of this.taskEvents()) {
      if (position === undefined || event.position > position) continue;
      states.set(taskIdOfStream(event.stream), openEvent(event).after);
    }
    const second = ({ created_at }: TaskSnapshot): string => created_at.slice(0, 19);
    return [...states.values()]
      .filter((snapshot) => matchesFilter(filter, snapshot))
      .sort((one, other) =>
        second(one) === second(other) ? other.task_id - one.task_id : second(one) > second(other) ? -1 : 1,
      )
      .map(({ task_id }) => task_id);
  }

  taskEvents(): MemoryEventStore['events'] {
    return this.store.events.filter(({ stream }) => stream.startsWith('task-'));
  }

  private async bring(wanted: (position: string, stream: string) => boolean): Promise<void> {
    const events = this.taskEvents().filter(({ position, stream }) => wanted(position, stream));
    await this.readModel.apply(events.map((event) => taskChange(openEvent(event), event.revision)));
  }
}

function idsOf(found: TasksAtPosition | 'too_many'): number[] {
  if (found === 'too_many') throw new Error('Too many');
  return found.tasks.map(({ taskId }) => taskId);
}

function statusesOf(found: TasksAtPosition | 'too_many'): unknown[] {
  if (found === 'too_many') throw new Error('Too many');
  return found.tasks.map(({ itemJson }) => (JSON.parse(itemJson) as { status: string }).status);
}

describe('the tasks at a position', () => {
  it('are none in an empty ledger', async () => {
    expect(await new Behind().find()).toEqual({ position: undefined, tasks: [] });
  });

  it('show times as they are asked for, and stand in one order, be they found in the lists or in the ledger', async () => {
    const behind = new Behind();
    const times = ['2025-03-12T09:00:00.900Z', '2025-03-12T09:00:00.100Z', '2025-03-12T09:00:01.500Z'];
    const [first, ...others] = times.map((time, at) => created(`task-${at}`, { time }));
    await behind.side.ingest(first);
    await behind.project();
    await behind.side.ingest(...others);
    const found = await behind.find(OPEN, 100, 'rfc3339');
    if (found === 'too_many') throw new Error('Too many');
    expect(
      found.tasks.map(({ itemJson }) => (JSON.parse(itemJson) as { created_at: string }).created_at),
    ).toEqual([times[2], times[1], times[0]]);
  });

  it('are those that the lists have, when nothing happens', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'), created('b'), created('c', {}, { project_id: 2 }), created('d'));
    await behind.project();
    const found = await behind.find();
    expect(found).toMatchObject({ position: behind.store.events.at(-1)?.position });
    expect(idsOf(found)).toEqual([4, 2, 1]);
  });

  it('are right before anything was projected at all', async () => {
    const behind = new Behind();
    await behind.side.ingest(
      created('a'),
      created('b'),
      lifecycleEvent('failed', 'a', { error_message: 'x' }),
    );
    expect(idsOf(await behind.find())).toEqual([2]);
  });

  it('are in the state of the position: a task that changes while the lists are read is as it was', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'), created('b'), created('c'));
    await behind.project();
    let pages = 0;
    behind.beforePage = async () => {
      if (pages++ > 0) return;
      await behind.side.ingest(
        lifecycleEvent('completed', 'a'),
        lifecycleEvent('started', 'b'),
        created('new'),
      );
      await behind.project();
    };
    const found = await behind.find({ ...OPEN, statuses: ['pending'] });
    expect(pages).toBeGreaterThan(0);
    expect(idsOf(found)).toEqual([3, 2, 1]);
    expect(statusesOf(found)).toEqual(['pending', 'pending', 'pending']);
  });

  it('do not lack what was acknowledged before, nor have what had ended, however far the lists are behind', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'), created('b'));
    await behind.project();
    await behind.side.ingest(created('c'), lifecycleEvent('completed', 'a'), lifecycleEvent('started', 'b'));
    const found = await behind.find();
    expect(idsOf(found)).toEqual([3, 2]);
    expect(statusesOf(found)).toEqual(['pending', 'running']);
  });

  it('are looked up in the ledger where a document has stopped', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'), created('b'));
    await behind.project();
    await behind.side.ingest(lifecycleEvent('completed', 'a'));
    // The projector has gone past it.
    behind.documentsAt = behind.store.events.at(-1)?.position;
    behind.parked = [1];
    expect(idsOf(await behind.find())).toEqual([2]);
  });

  it('leave out a task whose state at the position is not what this program can read', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'), created('b'));
    await behind.side.ingest(lifecycleEvent('started', 'a'));
    (behind.taskEvents().at(-1) as { type: string }).type = 'TaskPaused';
    expect(idsOf(await behind.find())).toEqual([2]);
  });

  it('are too many beyond the limit, and as many as the limit are not', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'), created('b'), created('c'));
    await behind.project();
    expect(await behind.find(OPEN, 2)).toBe('too_many');
    expect(idsOf(await behind.find(OPEN, 3))).toHaveLength(3);
    await behind.side.ingest(created('d'));
    expect(await behind.find(OPEN, 3)).toBe('too_many');
    // Those that have ended since are not counted.
    await behind.side.ingest(lifecycleEvent('completed', 'a'));
    expect(idsOf(await behind.find(OPEN, 3))).toEqual([4, 3, 2]);
  });

  it('are told to come again when more tasks are listed than could be judged', async () => {
    const behind = new Behind();
    await behind.side.ingest(...['a', 'b', 'c', 'd', 'e'].map((key) => created(key)));
    await behind.project();
    await behind.side.ingest(...['b', 'c', 'd', 'e'].map((key) => lifecycleEvent('completed', key)));
    await expect(behind.find(OPEN, 2)).rejects.toThrow(/change too fast/);
  });

  it('are told to come again when the lists are too far behind', async () => {
    const behind = new Behind();
    await behind.side.ingest(created('a'));
    const [event] = behind.taskEvents();
    async function* many() {
      for (let at = 0; at <= EVENTS_AROUND_MAX; at++) yield event as NonNullable<typeof event>;
    }
    behind.store.readAll = many;
    await expect(behind.find()).rejects.toThrow(/too far behind/);
  });

  it('are exactly those of a fold of the ledger, whatever happens before, while and after the lists are read', async () => {
    const step = fc.record({
      task: fc.integer({ min: 1, max: 8 }),
      what: fc.constantFrom('create', 'started', 'completed', 'failed', 'refresh', 'project'),
      project: fc.constantFrom(1, 1, 2),
    });
    type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

    const carryOut = async (behind: Behind, { task, what, project }: Step): Promise<void> => {
      behind.side.nowMs += 300;
      if (what === 'create') await behind.side.one(created(`k${task}`, {}, { project_id: project }));
      else if (what === 'refresh') await behind.refresh(task);
      else if (what === 'project') await behind.project(behind.store.events.at(-task)?.position);
      else
        await behind.side.one(
          lifecycleEvent(what, `k${task}`, what === 'failed' ? { error_message: '' } : {}),
        );
    };

    const steps = fc.array(step, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        steps,
        steps,
        fc.constantFrom<TaskFilter['statuses']>(['pending'], ['running'], ['pending', 'running']),
        async (before, during, statuses) => {
          const behind = new Behind();
          for (const one of before) await carryOut(behind, one);
          const position = behind.store.events.at(-1)?.position;
          const left = [...during];
          behind.beforePage = async () => {
            for (const one of left.splice(0, 3)) await carryOut(behind, one);
          };
          const filter = { projectId: 1, statuses };
          const found = await behind.find(filter);
          expect(found).toHaveProperty('position', position);
          expect(idsOf(found)).toEqual(behind.expected(filter, position));
        },
      ),
      { numRuns: 200 },
    );
  });
});
