import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '../../../services/query/openapi.js';

const document = openApiDocument(['search', 'ocr'], '1.2.3') as any;

const schemaOf = (path: string, method: string, status: number) =>
  document.paths[path][method].responses[status].content['application/json'].schema;

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
      'get /api/v1/cancellations/{id}',
      'get /api/v1/cancellations/{id}/tasks',
      'get /api/v1/tasks',
      'get /api/v1/tasks/stats',
      'get /api/v1/tasks/stream',
      'get /api/v1/tasks/{id}',
      'get /api/v1/tasks/{id}/history',
      'get /api/v1/tasks/{id}/stream',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
      'post /api/v1/cancellations',
      'post /api/v1/cancellations/{id}/execute',
      'post /api/v1/events',
      'post /api/v1/tasks',
      'post /api/v1/tasks/{id}/cancel',
    ]);
  });

  it('describes answers in the envelope, with the fields of the contract in its order', () => {
    const { properties, required } = schemaOf('/api/v1/tasks/{id}', 'get', 200);
    expect(required).toEqual(['code', 'message', 'data']);
    expect(properties.data.required).not.toContain('key');
    expect(Object.keys(properties.data.properties)).toEqual([
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
      ...['created_at', 'started_at', 'completed_at', 'key', 'attempt'],
    ]);
    expect(properties.data.properties.task_type.enum).toEqual(['search', 'ocr']);
    expect(properties.data.properties.params.type).toBe('object');
    expect(schemaOf('/api/v1/tasks', 'get', 200).properties.data.items.properties.status.enum).toContain(
      'pending',
    );
    expect(schemaOf('/api/v1/tasks/{id}', 'get', 404).properties.data).toEqual({ type: 'null' });
  });

  it('names every parameter of a list', () => {
    const { parameters } = document.paths['/api/v1/tasks'].get;
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      ...['project_id', 'status', 'task_type', 'created_after', 'created_before', 'key', 'key_prefix'],
      ...['include', 'limit', 'cursor'],
    ]);
    expect(parameters[2].schema.items.enum).toEqual(['search', 'ocr', '!search', '!ocr']);
    const item = schemaOf('/api/v1/tasks', 'get', 200).properties.data.items;
    expect(item.required).toEqual([
      ...['id', 'project_id', 'task_type', 'status', 'progress', 'total', 'created_at'],
    ]);
    expect(Object.keys(item.properties).slice(item.required.length)).toEqual(parameters[7].schema.items.enum);
  });

  it('says what a body may have, and that nothing else is taken', () => {
    const { schema } = document.paths['/api/v1/tasks'].post.requestBody.content['application/json'];
    expect(schema).toMatchObject({ required: ['project_id', 'task_type'], additionalProperties: false });
    const events = document.paths['/api/v1/events'].post.requestBody.content;
    expect(Object.keys(events)).toEqual([
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
    ]);
    expect(events['application/cloudevents+json'].schema.oneOf).toHaveLength(6);
  });

  it('names the headers that lead on, and what every write and every read of the API can be refused with', () => {
    const headersOf = (path: string, method: string, status: number) =>
      Object.keys(document.paths[path][method].responses[status].headers ?? {});
    const lists = ['tasks', 'tasks/stats', 'tasks/{id}/history', 'cancellations/{id}/tasks'];
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

  it('gives each operation an id of its own', () => {
    const ids = Object.values<object>(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});
