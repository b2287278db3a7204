import { describe, expect, it } from '@jest/globals';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { ANY_TASK_TYPE, DEFAULT_TASK_TYPES } from '../../../shared/core/contracts/fields.js';
import {
  LIFECYCLE_EVENT_TYPES,
  type LifecycleEventType,
} from '../../../shared/core/contracts/event-types.js';
import { lifecycleEventParser } from '../../../shared/core/contracts/lifecycle-events.js';

const parse = lifecycleEventParser(DEFAULT_TASK_TYPES);

/** An event with all that it must have; `members` replace what a test cares about. */
function event(type: LifecycleEventType, data: unknown, members: object = {}): object {
  const subject = type === 'task.created' ? {} : { subject: '42' };
  return { specversion: '1.0', id: 'e-1', source: '/crawler', type, ...subject, data, ...members };
}

const created = (members: object = {}): object =>
  event('task.created', { project_id: 1, task_type: 'search' }, members);

function refusal(of: unknown): string {
  try {
    parse(of);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return (error as Error).message;
  }
  throw new Error(`Not refused: ${JSON.stringify(of)}`);
}

describe('a lifecycle event', () => {
  it('is read whole', () => {
    const data = { project_id: 7, task_type: 'crawl', params: { depth: 2 }, total: 12 };
    const extensions = { correlationid: 'c-1', sequence: 3, sampled: true };
    const subject = 'crawl/2025-03-12/7';
    expect(
      parse(
        event('task.created', data, {
          subject,
          time: '2025-03-12T11:00:00.5+01:00',
          datacontenttype: 'application/json',
          dataschema: 'https://example.org/created.json',
          ...extensions,
        }),
      ),
    ).toEqual({
      origin: { source: '/crawler', id: 'e-1' },
      type: 'task.created',
      task: { key: subject },
      command: { type: 'CreateTask', facts: { ...data, key: subject } },
      occurredAt: '2025-03-12T10:00:00.500Z',
      creation: undefined,
      extensions: {
        correlationid: 'c-1',
        sequence: '3',
        sampled: 'true',
        dataschema: 'https://example.org/created.json',
      },
    });
  });

  it.each([
    [created(), 'CreateTask', { project_id: 1, task_type: 'search', params: {} }],
    [event('task.started', {}), 'StartTask', {}],
    [event('task.started', undefined), 'StartTask', {}],
    [event('task.started', null), 'StartTask', {}],
    [
      created({ total: null, params: null }),
      'CreateTask',
      { project_id: 1, task_type: 'search', params: {} },
    ],
    [event('task.started', { attempt: null, total: 7 }), 'StartTask', { total: 7 }],
    [event('task.completed', { result: null }), 'CompleteTask', {}],
    [event('task.cancelled', { reason: null, attempt: null }), 'ReportCancelled', {}],
    [event('task.started', { total: 0, attempt: 2 }), 'StartTask', { total: 0, attempt: 2 }],
    [event('task.progressed', { progress: 0 }), 'ReportProgress', { progress: 0 }],
    [
      event('task.progressed', { progress: 3, total: 9, message: 'page 3', attempt: 1 }),
      'ReportProgress',
      { progress: 3, total: 9, message: 'page 3', attempt: 1 },
    ],
    [event('task.completed', {}), 'CompleteTask', {}],
    [
      event('task.completed', { result: { found: 15 }, attempt: 1 }),
      'CompleteTask',
      { result: { found: 15 }, attempt: 1 },
    ],
    [event('task.failed', { error_message: '' }), 'FailTask', { error_message: '' }],
    [
      event('task.failed', { error_message: 'disk full', attempt: 3 }),
      'FailTask',
      { error_message: 'disk full', attempt: 3 },
    ],
    [event('task.cancelled', undefined), 'ReportCancelled', {}],
    [
      event('task.cancelled', { reason: 'no longer needed', attempt: 1 }),
      'ReportCancelled',
      { reason: 'no longer needed', attempt: 1 },
    ],
  ])('%j asks for %s', (from, type, facts) => {
    expect(parse(from).command).toEqual({ type, facts });
  });

  it('may leave out or set to null what is optional', () => {
    const nothing = { subject: null, time: null, datacontenttype: null, dataschema: null, traceparent: null };
    expect(parse(created(nothing))).toEqual(parse(created()));
    expect(parse(created())).toMatchObject({ task: { none: true }, occurredAt: undefined, extensions: {} });
  });
});

describe('the attributes', () => {
  const id = 'must be a string of 1 to 512 characters';
  const type =
    'must be one of task.created, task.started, task.progressed, task.attempt_failed, task.completed, task.failed, task.cancelled';
  it.each([
    [{ specversion: '0.3' }, 'specversion: must be "1.0"'],
    [{ specversion: 1.0 }, 'specversion: must be "1.0"'],
    [{ specversion: undefined }, 'specversion: must be "1.0"'],
    [{ id: undefined }, `id: ${id}`],
    [{ id: null }, `id: ${id}`],
    [{ id: '' }, `id: ${id}`],
    [{ id: 7 }, `id: ${id}`],
    [{ id: 'x'.repeat(513) }, `id: ${id}`],
    [{ source: '' }, `source: ${id}`],
    [{ source: 'x'.repeat(513) }, `source: ${id}`],
    [{ source: 'taskledger:cancel' }, "source: must not start with taskledger:, which is Taskledger's own"],
    [{ type: undefined }, `type: ${type}`],
    [{ type: 'task.paused' }, `type: ${type}`],
    [{ type: 'toString' }, `type: ${type}`],
    [{ subject: 7 }, 'subject: must be a string'],
    [{ time: 1741773600 }, 'time: must be an RFC 3339 time'],
    [{ time: '2025-02-31T00:00:00Z' }, 'time: must be an RFC 3339 time, such as 2025-03-12T10:00:00Z'],
    [
      { datacontenttype: 'application/xml' },
      'datacontenttype: must be application/json, text/json or a type that ends in +json',
    ],
    [
      { datacontenttype: 'application/json5' },
      'datacontenttype: must be application/json, text/json or a type that ends in +json',
    ],
    [
      { datacontenttype: 7 },
      'datacontenttype: must be application/json, text/json or a type that ends in +json',
    ],
    [{ dataschema: [] }, 'dataschema: an extension must be a string, a boolean or an int'],
  ])('%j: %s', (members, message) => {
    expect(refusal(created(members))).toBe(message);
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json ;x=y',
  ])('datacontenttype may be %s', (datacontenttype) => {
    expect(parse(created({ datacontenttype }))).toEqual(parse(created()));
  });

  it('take names of 512 characters', () => {
    const longest = 'x'.repeat(512);
    expect(parse(created({ id: longest, source: longest })).origin).toEqual({ id: longest, source: longest });
  });

  it.each([null, [], 'task.created', 7, true, undefined])('are those of an object, not of %j', (no) => {
    expect(refusal(no)).toBe('An event must be a JSON object');
  });
});

describe('the type of a task where any is taken', () => {
  const parseOpen = lifecycleEventParser([...DEFAULT_TASK_TYPES, 'ours', ANY_TASK_TYPE]);
  const created = (task_type: unknown) =>
    parseOpen(event('task.created', { project_id: 1, task_type }, { subject: undefined }));

  it.each(['a', '7', 'Mail.Send', 'queue:mail/v2_1-b', 'x'.repeat(128)])(
    'may be %s, and is to be registered',
    (type) => {
      expect(created(type)).toMatchObject({
        command: { facts: { task_type: type } },
        naming: { taskType: type },
      });
    },
  );

  it.each([...DEFAULT_TASK_TYPES, 'ours'])('is not registered where it is in the settings: %s', (type) => {
    expect(created(type).naming).toBeUndefined();
  });

  it.each([undefined, null, 7, '', '*', '!x', 'a,b', '/a', '.a', 'a b', 'é', 'a\n', 'x'.repeat(129)])(
    'is never %j',
    (type) => {
      expect(() => created(type)).toThrow(
        'data.task_type: must be 1 to 128 of A-Z, a-z, 0-9 and _.:/-, the first one a letter or digit',
      );
    },
  );
});

describe('a project that is named', () => {
  const created = (data: object) =>
    parse(event('task.created', { task_type: 'search', ...data }, { subject: undefined }));

  it.each(['Größe', '検'.repeat(128), '😀'.repeat(128), ' ', '7', "it's, \\"])(
    'may be called %s',
    (project) => {
      expect(created({ project, total: 1 })).toMatchObject({
        command: { facts: { params: {}, task_type: 'search', total: 1 } },
        naming: { project },
      });
      expect(created({ project }).command.facts).not.toHaveProperty('project');
      expect(created({ project, project_id: null }).naming).toEqual({ project });
    },
  );

  it('is not looked up where its id is said', () => {
    expect(created({ project_id: 7, project: null })).toMatchObject({
      ...{ command: { facts: { project_id: 7 } }, naming: undefined },
    });
  });
});

describe('the data', () => {
  const taskType = `data.task_type: must be one of ${DEFAULT_TASK_TYPES.join(', ')}`;
  const create = (data: object): object =>
    event('task.created', { project_id: 1, task_type: 'search', ...data });
  const oneProject = 'must be an int, or project a name; one of the two';
  const projectName = 'must be a string of 1 to 128 characters, none of them a control character';
  const steps = 'must be an int of 0 or more';
  const attempt = 'data.attempt: must be an int from 1 to 1000000000';
  it.each([
    [create({ project_id: undefined }), `data.project_id: ${oneProject}`],
    [create({ project: 'Größe' }), `data.project_id: ${oneProject}`],
    [create({ project_id: undefined, project: '' }), `data.project: ${projectName}`],
    [create({ project_id: undefined, project: 'a\u0000' }), `data.project: ${projectName}`],
    [create({ project_id: undefined, project: '検'.repeat(129) }), `data.project: ${projectName}`],
    [create({ project_id: undefined, project: 7 }), `data.project: ${projectName}`],
    [create({ project_id: '1' }), 'data.project_id: must be an int'],
    [create({ project_id: 1.5 }), 'data.project_id: must be an int'],
    [create({ project_id: 2 ** 53 }), 'data.project_id: must be an int'],
    [create({ project_id: null }), `data.project_id: ${oneProject}`],
    [create({ project_id: null, project: null }), `data.project_id: ${oneProject}`],
    [create({ task_type: undefined }), taskType],
    [create({ task_type: 'Search' }), taskType],
    [create({ task_type: 'toString' }), taskType],
    [create({ params: [] }), 'data.params: must be an object'],
    [create({ params: 'x' }), 'data.params: must be an object'],
    [create({ total: -1 }), `data.total: ${steps}`],
    [create({ attempt: 1 }), 'Unknown member "attempt" in data'],
    [create({ key: 'k', id: 7 }), 'Unknown member "key", "id" in data'],
    [create({ labels: ['a'] }), 'data.labels: must be an object of label names and their values'],
    [
      create({ labels: { team: 7 } }),
      'data.labels: has no value for team that is a string of 1 to 256 characters',
    ],
    [
      create({ labels: { team: '' } }),
      'data.labels: has no value for team that is a string of 1 to 256 characters',
    ],
    [
      create({ labels: { Team: 'a' } }),
      `data.labels: has the name "Team"; a label's name is 1 to 63 of a-z, 0-9, _, ., - and /, the first of them a letter or digit`,
    ],
    [
      create({ labels: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`l${at}`, 'x'])) }),
      'data.labels: must be at most 32 labels, not 33',
    ],
    [create({ parent: '' }), "data.parent: must be a task's id in digits, or a key of 1 to 512 bytes"],
    [create({ parent: '007' }), "data.parent: must be a task's id in digits, or a key of 1 to 512 bytes"],
    [create({ retry_of: {} }), "data.retry_of: must be a task's id in digits, or a key of 1 to 512 bytes"],
    [create({ due_at: 'tomorrow' }), 'data.due_at: must be an RFC 3339 time, such as 2025-03-12T10:00:00Z'],
    [create({ heartbeat_s: 0 }), 'data.heartbeat_s: must be an int from 1 to 604800'],
    [create({ when_silent: 'kill' }), 'data.when_silent: must be "fail"'],
    [event('task.started', { worker: '' }), 'data.worker: must be a string of 1 to 256 characters'],
    [event('task.progressed', { total: 3 }), `data.progress: ${steps} where there is no message`],
    [event('task.progressed', { message: 'm', total: 3 }), 'data.total: can only be said with progress'],
    [event('task.progressed', { progress: 3, level: 'info' }), 'data.level: can only be said with a message'],
    [
      event('task.progressed', { message: 'm', level: 'loud' }),
      'data.level: must be one of debug, info, warning, error',
    ],
    [event('task.attempt_failed', { attempt: 1 }), 'data.error_message: must be a string'],
    [
      event('task.attempt_failed', { error_message: 'x', retry_at: 'soon' }),
      'data.retry_at: must be an RFC 3339 time, such as 2025-03-12T10:00:00Z',
    ],
    [
      event('task.started', { task: { task_type: 'ocr' } }),
      'data.task.project_id: must be an int, or project a name; one of the two',
    ],
    [event('task.started', { total: 0.5 }), `data.total: ${steps}`],
    [event('task.started', { attempt: 0 }), attempt],
    [event('task.started', { progress: 1 }), 'Unknown member "progress" in data'],
    [event('task.progressed', {}), `data.progress: ${steps} where there is no message`],
    [event('task.progressed', { progress: -1 }), `data.progress: ${steps}`],
    [event('task.progressed', { progress: '3' }), `data.progress: ${steps}`],
    [event('task.progressed', { progress: Number.NaN }), `data.progress: ${steps}`],
    [event('task.progressed', { progress: 1, total: -1 }), `data.total: ${steps}`],
    [event('task.progressed', { progress: 1, message: 1 }), 'data.message: must be a string'],
    [event('task.progressed', { progress: 1, attempt: 1.5 }), attempt],
    [event('task.completed', { result: [] }), 'data.result: must be an object'],
    [event('task.completed', { attempt: -1 }), attempt],
    [event('task.completed', { error_message: 'x' }), 'Unknown member "error_message" in data'],
    [event('task.failed', undefined), 'data.error_message: must be a string'],
    [event('task.failed', { error_message: null }), 'data.error_message: must be a string'],
    [event('task.failed', { error_message: 'x', attempt: '1' }), attempt],
    [event('task.failed', { error_message: 'x', result: {} }), 'Unknown member "result" in data'],
    [event('task.cancelled', { reason: 7 }), 'data.reason: must be a string'],
    [event('task.cancelled', { attempt: 0 }), attempt],
    [event('task.cancelled', { actor: 'x' }), 'Unknown member "actor" in data'],
  ])('%j: %s', (from, message) => {
    expect(refusal(from)).toBe(message);
  });

  it.each(LIFECYCLE_EVENT_TYPES.flatMap((type) => [[], 'x', 7, true].map((data) => ({ type, data }))))(
    'of $type must be an object and not $data',
    ({ type, data }) => {
      expect(refusal(event(type, data))).toBe('data: must be an object');
    },
  );

  it('takes the task types that are set up', () => {
    const own = lifecycleEventParser(['search', 'translate']);
    const data = { project_id: 1, task_type: 'translate' };
    expect(own(event('task.created', data)).command).toMatchObject({ facts: { task_type: 'translate' } });
    expect(() => own(event('task.created', { project_id: 1, task_type: 'ocr' }))).toThrow(
      'data.task_type: must be one of search, translate',
    );
  });

  it('says what creates the task, if there is none yet, beside what happened', () => {
    const task = { project_id: 1, task_type: 'ocr', labels: { team: 'b', stage: '1' }, parent: '7' };
    const data = { attempt: 2, task: { ...task, total: null, when_silent: null } };
    const read = parse(event('task.started', data, { subject: 'bullmq:7' }));
    expect(read.command).toEqual({ type: 'StartTask', facts: { attempt: 2 } });
    expect(read.creation).toEqual({
      type: 'CreateTask',
      facts: {
        key: 'bullmq:7',
        params: {},
        project_id: 1,
        task_type: 'ocr',
        labels: { stage: '1', team: 'b' },
        parent: '7',
      },
    });
  });

  it('takes any int as a project, negative zero as zero', () => {
    for (const [said, is] of [
      [0, 0],
      [-0, 0],
      [-5, -5],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ] as const) {
      expect(parse(create({ project_id: said })).command.facts).toMatchObject({ project_id: is });
    }
  });
});

describe('the subject', () => {
  const neither =
    'subject: must be a task id in digits, or a key of 1 to 512 bytes with at least one character that is no digit';

  it.each([
    ['1', { id: 1 }],
    ['42', { id: 42 }],
    ['9007199254740991', { id: Number.MAX_SAFE_INTEGER }],
    ['bullmq:7', { key: 'bullmq:7' }],
    ['-1', { key: '-1' }],
    ['1.0', { key: '1.0' }],
    [' 42', { key: ' 42' }],
    ['٤٢', { key: '٤٢' }],
    ['é'.repeat(256), { key: 'é'.repeat(256) }],
  ])('%s names the task %j', (subject, task) => {
    expect(parse(event('task.started', {}, { subject })).task).toEqual(task);
  });

  it.each(['0', '007', '9007199254740992', '1'.repeat(600), 'é'.repeat(257), 'x'.repeat(513)])(
    '%s names none',
    (subject) => {
      expect(refusal(event('task.started', {}, { subject }))).toBe(neither);
    },
  );

  it.each(LIFECYCLE_EVENT_TYPES.filter((type) => type !== 'task.created'))('must be there on %s', (type) => {
    const why = { error_message: 'x' };
    const failed: Record<string, object> = { 'task.failed': why, 'task.attempt_failed': why };
    const data = { ...failed, 'task.progressed': { progress: 1 } }[type as string];
    for (const subject of [undefined, null, '']) {
      expect(refusal(event(type, data, { subject }))).toBe(
        `subject: ${type} must name its task, by the id in digits or by its key`,
      );
    }
  });

  it('of a creation is the key, or nothing, and never an id', () => {
    expect(parse(created({ subject: '' })).task).toEqual({ none: true });
    expect(parse(created({ subject: 'k' }))).toMatchObject({
      task: { key: 'k' },
      command: { facts: { key: 'k' } },
    });
    for (const subject of ['42', '0', '007', '9'.repeat(40)]) {
      expect(refusal(created({ subject }))).toBe(
        'subject: task.created never names an id; leave it out or name a key of your own',
      );
    }
    expect(refusal(created({ subject: 'x'.repeat(513) }))).toBe(neither);
  });
});

describe('the extensions', () => {
  it.each(['dataBase64', 'Traceparent', 'trace-id', 'tâche', '', 'x'.repeat(65)])(
    'may not be named %j',
    (name) => {
      expect(refusal(created({ [name]: 'x' }))).toBe(
        `Unknown member ${JSON.stringify(name)}; an extension is named with a-z and 0-9`,
      );
    },
  );

  it.each([[{}], [[]], [1.5], [{ a: 1 }]])('may not be %j', (extension) => {
    expect(refusal(created({ ext: extension }))).toBe(
      'ext: an extension must be a string, a boolean or an int',
    );
  });

  it('may be 32 of 1024 characters each', () => {
    const some = (count: number, value: string): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`ext${index}`, value]));
    expect(Object.keys(parse(created(some(32, 'x'.repeat(1024)))).extensions)).toHaveLength(32);
    expect(refusal(created(some(33, 'x')))).toBe('An event has at most 32 extensions');
    expect(refusal(created({ ext: 'x'.repeat(1025) }))).toBe('ext: an extension has at most 1024 characters');
  });

  it('take any allowed name, those of object members too', () => {
    const { extensions } = parse(created({ constructor: 'x', tostring: 0, valueof: false, empty: '' }));
    expect(extensions).toEqual({ constructor: 'x', tostring: '0', valueof: 'false', empty: '' });
  });
});
