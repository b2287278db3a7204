import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refreshTask } from '../../../projections/tasks/refresh-task.js';
import { tasksProjection } from '../../../projections/tasks/tasks-projection.js';
import { taskDetailJson } from '../../../shared/core/contracts/task-json.js';
import type { JsonObject } from '../../../shared/core/domain/json.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { MemoryReadModel } from '../../support/memory-read-model.js';

const EMPTY = { paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };

describe('the tasks projection', () => {
  let store: MemoryEventStore;
  let commands: CommandSide;
  let readModel: MemoryReadModel;
  beforeEach(() => {
    store = new MemoryEventStore();
    commands = new CommandSide(store);
    readModel = new MemoryReadModel();
  });

  /** Creates task 1 and reports what happened to it, a second after each other. */
  async function given(
    params: JsonObject,
    ...happened: [type: string, data?: object][]
  ): Promise<RecordedEvent[]> {
    await commands.one(created('job/1', {}, { params }));
    for (const [type, data] of happened) {
      commands.nowMs += 1500;
      expect(await commands.one(lifecycleEvent(type, 'job/1', data))).toMatchObject({ outcome: 'accepted' });
    }
    return store.stream('task-1');
  }

  const shown = async (): Promise<unknown> => {
    const document = await readModel.get(1);
    return document && (JSON.parse(taskDetailJson(document)) as unknown);
  };

  it('makes a document of a creation', async () => {
    const events = await given({ query: 'machine learning' });
    expect(events.map((event) => tasksProjection.project(event))).toEqual([
      {
        taskId: 1,
        revision: 0,
        projectId: 1,
        taskType: 'search',
        status: 'pending',
        createdSecond: '2025-03-12T10:00:00',
        key: 'job/1',
        itemJson:
          '{"id":1,"project_id":1,"task_type":"search","status":"pending","progress":0,"total":100,"created_at":"2025-03-12T10:00:00"}',
        extras: {
          createdAtJson: '"2025-03-12T10:00:00.000Z"',
          startedAtJson: 'null',
          completedAtJson: 'null',
          attempt: 0,
          traits: {},
        },
        paramsJson: '{"query":"machine learning"}',
      },
    ]);
  });

  it('changes only what an event is about', async () => {
    const events = await given({}, ['started'], ['progressed', { progress: 30 }]);
    const changes = events.map((event) => tasksProjection.project(event));
    expect(changes.map(({ revision, status }) => [revision, status])).toEqual([
      [0, 'pending'],
      [1, 'running'],
      [2, 'running'],
    ]);
    expect(changes.map(({ extras }) => extras.startedAtJson)).toEqual([
      'null',
      '"2025-03-12T10:00:01.500Z"',
      '"2025-03-12T10:00:01.500Z"',
    ]);
    expect(changes.map(({ paramsJson }) => paramsJson)).toEqual(['{}', undefined, undefined]);
    expect(changes[2]?.itemJson).toContain('"progress":30,"total":100');
  });

  it.each([
    ['completed', { result: { papers_found: 15 } }, { resultJson: '{"papers_found":15}' }],
    ['completed', {}, { resultJson: '{}' }],
    ['failed', { error_message: 'no "network"' }, { errorMessageJson: '"no \\"network\\""' }],
    ['cancelled', { reason: 'why not' }, {}],
  ])('sets what belongs to a task that has %s with %j', async (type, data, part) => {
    const last = (await given({}, [type, data])).at(-1) as RecordedEvent;
    const { status, extras, paramsJson, resultJson, errorMessageJson } = tasksProjection.project(last);
    const { completedAtJson } = extras;
    expect({ status, completedAtJson, paramsJson, resultJson, errorMessageJson }).toEqual({
      status: type,
      completedAtJson: '"2025-03-12T10:00:01.500Z"',
      ...part,
    });
  });

  it('shows what was erased from the ledger as if it had never been given', async () => {
    const events = await given({ query: 'secret' }, ['failed', { error_message: 'secret' }]);
    const erased = events.map((event) => {
      const data = structuredClone(event.data);
      for (const member of ['params', 'error_message']) {
        const sealed = data[member] as JsonObject | undefined;
        if (sealed === undefined) continue;
        delete sealed.value;
        delete sealed.salt;
      }
      return { ...event, data };
    });
    await readModel.apply(tasksProjection.merge(erased.map((event) => tasksProjection.project(event))));
    expect(await shown()).toMatchObject({ params: {}, error_message: '', status: 'failed' });
  });

  it('keeps all digits of the large integers in params and results', async () => {
    const id = 1541815603606036480;
    const events = await given({ id, text: `${id}` }, ['completed', { result: { id } }]);
    const [change, last] = events.map((event) => tasksProjection.project(event));
    expect(change?.paramsJson).toBe('{"id":1541815603606036480,"text":"1541815603606036500"}');
    expect(last?.resultJson).toBe('{"id":1541815603606036480}');
  });

  it('throws on an event of a type that it does not know', async () => {
    const [event] = await given({});
    expect(() => tasksProjection.project({ ...(event as RecordedEvent), type: 'TaskPaused' })).toThrow(
      /TaskPaused/,
    );
  });

  it('merges the changes of a task into one, and leaves tasks apart', async () => {
    const events = await given({ a: 1 }, ['started'], ['completed', { result: { b: 2 } }]);
    const [merged, ...others] = tasksProjection.merge(events.map((event) => tasksProjection.project(event)));
    expect(others).toEqual([]);
    expect(merged).toMatchObject({
      revision: 2,
      status: 'completed',
      paramsJson: '{"a":1}',
      resultJson: '{"b":2}',
      extras: { completedAtJson: '"2025-03-12T10:00:03.000Z"' },
    });
    const other = { ...merged!, taskId: 2 };
    expect(tasksProjection.merge([merged!, other])).toEqual([merged, other]);
  });

  it('makes the same document in whatever batches the events come, and however often', async () => {
    const events = await given(
      { a: 1 },
      ['started'],
      ['progressed', { progress: 5 }],
      ['failed', { error_message: 'x' }],
    );
    const project = async (from: number, to: number): Promise<void> =>
      readModel.apply(
        tasksProjection.merge(events.slice(from, to).map((event) => tasksProjection.project(event))),
      );
    await project(0, events.length);
    const expected = await readModel.get(1);
    const cut = fc.array(fc.integer({ min: 1, max: events.length }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cut, async (cuts) => {
        readModel = new MemoryReadModel();
        // Each batch starts anywhere in what was projected already, as after a crash; the last one goes to the end.
        let projected = 0;
        for (const to of [...cuts, events.length]) {
          await project(Math.min(projected, to), to);
          await project(0, to);
          projected = Math.max(projected, to);
        }
        expect(await readModel.get(1)).toEqual(expected);
      }),
    );
  });

  describe('refreshTask', () => {
    it('brings one document to the end of its stream, and leaves the checkpoint alone', async () => {
      await given({ a: 1 }, ['started']);
      await refreshTask(store, readModel, 1);
      expect(await readModel.get(1)).toMatchObject({ revision: 1, status: 'running', paramsJson: '{"a":1}' });
      await commands.one(lifecycleEvent('cancelled', 'job/1'));
      await refreshTask(store, readModel, 1);
      expect(await readModel.get(1)).toMatchObject({
        revision: 2,
        status: 'cancelled',
        paramsJson: '{"a":1}',
      });
      expect(readModel.applied.every(({ progress }) => progress === undefined)).toBe(true);
    });

    it('reads only what the document lacks, and writes nothing when it lacks nothing', async () => {
      await given({}, ['started']);
      await refreshTask(store, readModel, 1);
      await refreshTask(store, readModel, 1);
      await refreshTask(store, readModel, 2);
      expect(readModel.applied).toHaveLength(1);
      expect(await readModel.get(2)).toBeUndefined();
    });

    it('stops before an event that can not be projected', async () => {
      const [first, second] = await given({}, ['started']);
      const streams: RecordedEvent[] = [first!, { ...second!, type: 'TaskPaused' }];
      store.readStream = async function* (_stream, { fromRevision = 0 } = {}) {
        yield* streams.slice(fromRevision);
      };
      await refreshTask(store, readModel, 1);
      expect(await readModel.get(1)).toMatchObject({ ...EMPTY, revision: 0, status: 'pending' });
    });
  });
});
