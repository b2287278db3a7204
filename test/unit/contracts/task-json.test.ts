import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { envelopeOfJson } from '../../../shared/core/contracts/envelope.js';
import { timeJson } from '../../../shared/core/contracts/time.js';
import {
  LIST_INCLUDES,
  NO_TRAITS,
  TASK_FIELDS,
  taskExtras,
  TRAITS,
} from '../../../shared/core/contracts/task-fields.js';
import {
  itemInTimes,
  taskDetailJson,
  taskItemJson,
  withIncludes,
} from '../../../shared/core/contracts/task-json.js';
import { firstSnapshot, TASK_STATUSES, type TaskSnapshot } from '../../../shared/core/domain/task.js';

const task: TaskSnapshot = {
  ...firstSnapshot(
    { project_id: 1, task_type: 'search' },
    { namespace: 'default', taskId: 42, at: '2025-03-12T10:00:00.123Z' },
  ),
  key: 'search/42',
  status: 'running',
  attempt: 1,
  progress: 30,
  total: 100,
  started_at: '2025-03-12T10:00:01.999Z',
};

describe('the examples of the contract, byte for byte', () => {
  it('the list', () => {
    expect(envelopeOfJson(200, 'success', `[${taskItemJson(task)}]`)).toBe(
      '{"code":200,"message":"success","data":[{"id":42,"project_id":1,"task_type":"search","status":"running",' +
        '"progress":30,"total":100,"created_at":"2025-03-12T10:00:00"}]}',
    );
  });

  it('the detail', () => {
    const detail = taskDetailJson({
      itemJson: taskItemJson({ ...task, status: 'completed', progress: 100 }),
      paramsJson: '{"query":"machine learning","sources":["semantic_scholar"]}',
      resultJson: '{"papers_found":15,"imported":10}',
      errorMessageJson: '""',
      extras: {
        createdAtJson: timeJson(task.created_at),
        startedAtJson: timeJson(task.started_at),
        completedAtJson: timeJson('2025-03-12T10:02:30.000Z'),
      },
    });
    expect(envelopeOfJson(200, 'success', detail)).toBe(
      '{"code":200,"message":"success","data":{"id":42,"project_id":1,"task_type":"search","status":"completed",' +
        '"progress":100,"total":100,"params":{"query":"machine learning","sources":["semantic_scholar"]},' +
        '"result":{"papers_found":15,"imported":10},"error_message":"","created_at":"2025-03-12T10:00:00",' +
        '"started_at":"2025-03-12T10:00:01","completed_at":"2025-03-12T10:02:30"}}',
    );
  });

  it('the cancel', () => {
    expect(envelopeOfJson(200, 'Task cancelled', 'null')).toBe(
      '{"code":200,"message":"Task cancelled","data":null}',
    );
  });

  it('a task of which nothing is known yet', () => {
    const detail = taskDetailJson({
      itemJson: taskItemJson({ ...task, status: 'pending', progress: 0, total: 0 }),
      paramsJson: '{}',
      resultJson: '{}',
      errorMessageJson: '""',
      extras: taskExtras({ ...task, started_at: null }),
    });
    expect(detail).toBe(
      '{"id":42,"project_id":1,"task_type":"search","status":"pending","progress":0,"total":0,"params":{},' +
        '"result":{},"error_message":"","created_at":"2025-03-12T10:00:00","started_at":null,"completed_at":null}',
    );
  });
});

describe('a task with times as in RFC 3339', () => {
  const document = {
    itemJson: taskItemJson(task),
    key: task.key,
    paramsJson: '{}',
    resultJson: '{}',
    errorMessageJson: '""',
    extras: taskExtras({ ...task, completed_at: '2025-03-12T10:02:30.000Z' }),
  };

  it('has the same members in the same order, and each time with milliseconds and Z', () => {
    const times = {
      created_at: '2025-03-12T10:00:00.123Z',
      started_at: '2025-03-12T10:00:01.999Z',
      completed_at: '2025-03-12T10:02:30.000Z',
    };
    const inTimes = (json: string): string => {
      const plain = JSON.parse(json) as object;
      return JSON.stringify({ ...plain, ...pick(times, Object.keys(plain)) });
    };
    const { itemJson, extras } = document;
    expect(taskDetailJson(document, 'rfc3339')).toBe(inTimes(taskDetailJson(document)));
    expect(itemInTimes(itemJson, extras, 'rfc3339')).toBe(inTimes(itemJson));
    expect(withIncludes(itemInTimes(itemJson, extras, 'rfc3339'), LIST_INCLUDES, document, 'rfc3339')).toBe(
      inTimes(withIncludes(itemJson, LIST_INCLUDES, document)),
    );
  });

  it('has null where there is no time', () => {
    const detail = taskDetailJson(
      { ...document, extras: taskExtras({ ...task, started_at: null }) },
      'rfc3339',
    );
    expect(JSON.parse(detail)).toMatchObject({ started_at: null, completed_at: null });
  });
});

function pick(values: Record<string, string>, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

describe('any task', () => {
  const json = fc.jsonValue();

  it('shows exactly the fields of a list and of a detail, in their order', () => {
    const snapshot = fc.record({
      task_id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      project_id: fc.maxSafeInteger(),
      // A task type is a setting, so it may hold what JSON has to escape.
      task_type: fc.string({ unit: 'binary' }),
      status: fc.constantFrom(...TASK_STATUSES),
      progress: fc.nat(),
      total: fc.nat(),
    });
    fc.assert(
      fc.property(snapshot, json, json, fc.string(), (fields, params, result, errorMessage) => {
        const { task_id, ...shown } = fields;
        const item = { id: task_id, ...shown, created_at: '2025-03-12T10:00:00' };
        const itemJson = taskItemJson({ ...task, ...fields });
        expect(itemJson).toBe(JSON.stringify(item));
        const { created_at, ...before } = item;
        expect(
          taskDetailJson({
            itemJson,
            paramsJson: JSON.stringify(params),
            resultJson: JSON.stringify(result),
            errorMessageJson: JSON.stringify(errorMessage),
            extras: taskExtras(task),
          }),
        ).toBe(
          JSON.stringify({
            ...before,
            params,
            result,
            error_message: errorMessage,
            created_at,
            started_at: '2025-03-12T10:00:01',
            completed_at: null,
          }),
        );
      }),
    );
  });

  it('has the fields of the one list, in its order', () => {
    const { state, large, created, ends, beyond } = TASK_FIELDS;
    const itemJson = taskItemJson(task);
    const parts = { paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };
    const document = { itemJson, key: task.key, extras: taskExtras(task), ...parts };
    const members = (json: string): string[] => Object.keys(JSON.parse(json) as object);
    const names = (...fields: object[]): string[] => fields.flatMap((some) => Object.keys(some));
    expect(members(itemJson)).toEqual(names(state, created));
    expect(members(taskDetailJson(document))).toEqual(names(state, large, created, ends));
    expect(members(withIncludes(itemJson, LIST_INCLUDES, document))).toEqual(
      names(state, created, beyond, ends, large),
    );
  });

  it('has those of its traits that its state says, and says what it lacks', () => {
    const parts = { key: null, paramsJson: '{}', resultJson: '{}', errorMessageJson: '""' };
    const traits = { labels: { team: 'a' }, parent: '7', due_at: '2025-03-12T10:00:00.900Z', heartbeat_s: 5 };
    const extras = taskExtras({ ...task, ...traits });
    expect(extras.traits).toEqual(traits);
    expect(withIncludes('{"id":1}', TRAITS, { ...parts, extras })).toBe(
      '{"id":1,"labels":{"team":"a"},"parent":"7","retry_of":null,"worker":null,"error_type":null,' +
        '"due_at":"2025-03-12T10:00:00","heartbeat_s":5,"silent":false}',
    );
    expect(taskExtras(task).traits).toBe(NO_TRAITS);
  });

  it('has an envelope whose message is escaped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fc.string({ unit: 'binary' }),
        json,
        (code, message, data) => {
          expect(envelopeOfJson(code, message, JSON.stringify(data))).toBe(
            JSON.stringify({ code, message, data }),
          );
        },
      ),
    );
  });
});
