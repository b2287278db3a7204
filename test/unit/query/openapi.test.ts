import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { LOOKED_UP_INCLUDES, TRAITS } from '../../../shared/core/contracts/task-fields.js';
import { openApiDocument } from '../../../services/query/openapi/document.js';
import { RIGHTS } from '../../../shared/core/contracts/caller.js';
import { DEFAULT_TASK_TYPES } from '../../../shared/core/contracts/fields.js';

const document = openApiDocument('1.2.3') as any;

/** What stands under a name, where a name is all that there is. */
const resolved = (schema: any): any =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)];

const schemaOf = (path: string, method: string, status: number) =>
  resolved(document.paths[path][method].responses[status].content['application/json'].schema);

const DETAIL_ALONE = ['attempts', 'cancel', 'children', 'retries'];

describe('the description of the API', () => {
  it('is OpenAPI 3.1 of this version, and plain JSON', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Taskledger', version: '1.2.3' } });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('has every route', () => {
    const routes = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'get /api/v1/cancellations',
      'get /api/v1/cancellations/{id}',
      'get /api/v1/cancellations/{id}/tasks',
      'get /api/v1/cancels/summary',
      'get /api/v1/errors',
      'get /api/v1/projects',
      'get /api/v1/tasks',
      'get /api/v1/tasks/count',
      'get /api/v1/tasks/diff',
      'get /api/v1/tasks/series',
      'get /api/v1/tasks/stats',
      'get /api/v1/tasks/stream',
      'get /api/v1/tasks/{id}',
      'get /api/v1/tasks/{id}/history',
      'get /api/v1/tasks/{id}/messages',
      'get /api/v1/tasks/{id}/messages/stream',
      'get /api/v1/tasks/{id}/stream',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
      'post /api/v1/cancellations',
      'post /api/v1/cancellations/{id}/abort',
      'post /api/v1/cancellations/{id}/execute',
      'post /api/v1/events',
      'post /api/v1/heartbeats',
      'post /api/v1/projects',
      'post /api/v1/tasks',
      'post /api/v1/tasks/{id}/cancel',
    ]);
  });

  it('says of each part of the API which right it takes, and of none that is asked of the process', () => {
    const all = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation: any) => [
        path.startsWith('/api/'),
        operation['x-right'] ?? null,
      ]),
    );
    for (const [isApi, right] of all) expect(isApi ? RIGHTS : [null]).toContain(right);
  });

  it('describes answers in the envelope, with the fields of the contract in its order', () => {
    const { properties, required } = schemaOf('/api/v1/tasks/{id}', 'get', 200);
    expect(required).toEqual(['code', 'message', 'data']);
    expect(properties.data).toEqual({ $ref: '#/components/schemas/Task' });
    const task = resolved(properties.data);
    expect(task.required).not.toContain('key');
    expect(Object.keys(task.properties)).toEqual([
      ...[
        'id',
        'project_id',
        'task_type',
        'status',
        'progress',
        'total',
        'params',
        'result',
        'error_message',
      ],
      ...['created_at', 'started_at', 'completed_at', 'key', 'attempt', ...TRAITS],
      ...[...LOOKED_UP_INCLUDES, ...DETAIL_ALONE],
    ]);
    expect(task.properties.task_type).toMatchObject({ type: 'string', examples: [...DEFAULT_TASK_TYPES] });
    expect(task.properties.task_type.enum).toBeUndefined();
    expect(task.properties.params.type).toBe('object');
    expect(task.properties.started_at.type).toEqual(['string', 'null']);
    const { items } = schemaOf('/api/v1/tasks', 'get', 200).properties.data;
    expect(items).toEqual({ $ref: '#/components/schemas/TaskItem' });
    expect(resolved(items).properties.status.enum).toContain('pending');
    expect(schemaOf('/api/v1/tasks/{id}', 'get', 404).properties.data).toEqual({ type: 'null' });
  });

  it('names every parameter of a list', () => {
    const { parameters } = document.paths['/api/v1/tasks'].get;
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      ...[
        'project_id',
        'project',
        'status',
        'task_type',
        'created_after',
        'created_before',
        'key',
        'key_prefix',
        ...['id', 'label', 'parent', 'root', 'retry_of', 'worker', 'error_type', 'silent'],
      ],
      ...['ended_after', 'ended_before', 'started_after', 'started_before', 'due_before'],
      ...['q', 'include', 'times', 'order', 'limit', 'cursor', 'as_of', 'min_position'],
    ]);
    expect(parameters[3].schema.items.examples).toEqual([...DEFAULT_TASK_TYPES]);
    const item = resolved(schemaOf('/api/v1/tasks', 'get', 200).properties.data.items);
    expect(item.required).toEqual([
      ...['id', 'project_id', 'task_type', 'status', 'progress', 'total', 'created_at'],
    ]);
    expect(Object.keys(item.properties).slice(item.required.length)).toEqual(
      parameters.find(({ name }: { name: string }) => name === 'include').schema.items.enum,
    );
  });

  it('says what a body may have, and that nothing else is taken', () => {
    const { schema } = document.paths['/api/v1/tasks'].post.requestBody.content['application/json'];
    expect(resolved(schema)).toMatchObject({
      required: ['task_type'],
      additionalProperties: false,
    });
    const events = document.paths['/api/v1/events'].post.requestBody.content;
    expect(Object.keys(events)).toEqual([
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
    ]);
    expect(events['application/cloudevents+json'].schema.oneOf).toHaveLength(7);
  });

  it('names the headers that lead on, and what every write and every read of the API can be refused with', () => {
    const headersOf = (path: string, method: string, status: number) =>
      Object.keys(document.paths[path][method].responses[status].headers ?? {});
    const lists = [
      'tasks',
      'tasks/stats',
      'tasks/{id}/history',
      'tasks/{id}/messages',
      'cancellations/{id}/tasks',
    ];
    for (const path of lists) expect(headersOf(`/api/v1/${path}`, 'get', 200)).toContain('Link');
    expect(headersOf('/api/v1/tasks', 'post', 201)).toEqual(['Location']);
    expect(headersOf('/api/v1/tasks', 'post', 200)).toEqual(['Location']);
    expect(headersOf('/api/v1/cancellations', 'post', 201)).toEqual(['Location']);
    expect(headersOf('/api/v1/cancellations/{id}/execute', 'post', 202)).toEqual(['Location']);

    const api = Object.entries<any>(document.paths).filter(([path]) => path.startsWith('/api/'));
    for (const [, methods] of api) {
      for (const { responses } of Object.values<any>(methods))
        expect(Object.keys(responses)).toContain('503');
      if (methods.post !== undefined) {
        expect(Object.keys(methods.post.responses)).toEqual(expect.arrayContaining(['403', '413', '415']));
      }
    }
  });

  it('says of ints, lists, keys and bodies exactly what is taken', () => {
    const parametersOf = (path: string) =>
      new Map<string, any>(
        document.paths[path].get.parameters.map(({ name, schema }: any) => [name, schema]),
      );
    const list = parametersOf('/api/v1/tasks');
    const ints = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    expect(list.get('project_id')).toMatchObject(ints);
    expect(parametersOf('/api/v1/tasks/stats').get('cursor')).toMatchObject(ints);
    expect(parametersOf('/api/v1/tasks/{id}').get('id')).toMatchObject({ ...ints, minimum: 1 });
    expect(parametersOf('/api/v1/tasks/{id}/history').get('from_revision')).toMatchObject({
      ...ints,
      minimum: 0,
    });
    for (const name of ['status', 'task_type', 'include'])
      expect(list.get(name)).toMatchObject({ minItems: 1 });

    const takes = ({ pattern }: { pattern: string }, ...texts: string[]) =>
      texts.map((text) => new RegExp(pattern).test(text));
    expect(takes(list.get('key'), 'a', '7a', '77', '')).toEqual([true, true, false, false]);
    expect(takes(list.get('key_prefix'), 'a/', 'a/b/', 'a', 'a/'.repeat(100))).toEqual([
      ...[true, true, false, false],
    ]);

    const bodyOf = (path: string) => document.paths[path].post.requestBody;
    const created = resolved(bodyOf('/api/v1/tasks').content['application/json'].schema).properties;
    expect(takes(created.key, 'a', '77')).toEqual([true, false]);
    expect(created.key.type).toEqual(['string', 'null']);
    expect(created.project_id.type).toEqual(['integer', 'null']);
    const taken = new Ajv2020({ strict: false, validateFormats: false }).compile(
      resolved(bodyOf('/api/v1/tasks').content['application/json'].schema),
    );
    const bodies = [{ project_id: 1 }, { project: 'a' }, { project_id: null, project: 'a' }];
    const wrong = [{}, { project: null }, { project_id: 1, project: 'a' }, { project: 'a\n' }];
    const areTaken = (some: object[]) => some.map((body) => taken({ task_type: 'search', ...body }));
    expect([areTaken(bodies), areTaken(wrong)]).toEqual([
      [true, true, true],
      [false, false, false, false],
    ]);
    const cancel = bodyOf('/api/v1/tasks/{id}/cancel');
    expect(cancel).toMatchObject({ required: false });
    expect(cancel.content['application/json'].schema.anyOf).toContainEqual({ type: 'null' });

    const { filter } = document.components.schemas.PreviewRequest.properties;
    const others = ['q', 'include', 'times', 'order', 'limit', 'cursor', 'as_of', 'min_position'];
    expect(Object.keys(filter.properties)).toEqual([...list.keys()].filter((name) => !others.includes(name)));
    const [text, texts] = filter.properties.status.anyOf;
    expect(takes(text, 'failed', '!failed,running', 'failing', '')).toEqual([true, true, false, false]);
    expect(texts).toMatchObject({ minItems: 1, items: text });
  });

  it('says what an event may be beside its type', () => {
    const { schema } =
      document.paths['/api/v1/events'].post.requestBody.content['application/cloudevents+json'];
    const [created, started] = schema.oneOf.map(resolved);
    const { datacontenttype, subject } = created.properties;
    for (const type of ['application/json', 'Text/JSON; charset=utf-8', 'application/problem+json'])
      expect(type).toMatch(new RegExp(datacontenttype.pattern));
    for (const type of ['text/plain', 'json', 'application/jsonx'])
      expect(type).not.toMatch(new RegExp(datacontenttype.pattern));
    expect('7').not.toMatch(new RegExp(subject.pattern));
    for (const key of ['', 'a7']) expect(key).toMatch(new RegExp(subject.pattern));
    for (const own of ['7', 'a7']) expect(own).toMatch(new RegExp(started.properties.subject.pattern));
    // Never both of them, and one at least where the data has something in it that can't be left out.
    const [event, data, data_base64] = [{ specversion: '1.0' }, { project_id: 1 }, 'e30='];
    const takesOf = (schema: object) => {
      const validate = new Ajv2020({ strict: false }).compile({ not: (schema as any).not });
      return [event, { ...event, data }, { ...event, data: null, data_base64 }, { data, data_base64 }].map(
        (body) => validate(body),
      );
    };
    expect(takesOf(created)).toEqual([false, true, true, false]);
    expect(takesOf(started)).toEqual([true, true, true, false]);
    expect('taskledger:x').toMatch(new RegExp(created.properties.source.not.pattern));
  });

  it('gives each operation an id of its own', () => {
    const ids = Object.values<object>(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});
