// Uses the types that openapi-typescript makes from the API's description: every call, and every kind of answer.
import { deepEqual, equal, ok } from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

const client = createClient<paths>({ baseUrl: process.argv[2] as string });
const key = 'generated/typescript';

type Refusal = components['schemas']['Refusal'];

function refused({ response, error }: { response: Response; error?: Refusal }, status: number): void {
  equal(response.status, status);
  equal(error?.code, status);
  equal(error.data, null);
  ok(error.message !== '' && response.headers.has('Taskledger-Reason'));
}

const create = (project_id: number, task_type: string) =>
  client.POST('/api/v1/tasks', { body: { project_id, task_type, key } });
const send = (subject: string) => {
  const event = {
    specversion: '1.0',
    id: '1',
    source: '/typescript',
    type: 'task.started',
    subject,
  } as const;
  const headers = { 'Content-Type': 'application/cloudevents+json' };
  return client.POST('/api/v1/events', { headers, body: event });
};

const created = await create(1, 'crawl');
equal(created.response.status, 201);
const id = created.data?.data.id as number;
equal((await create(1, 'crawl')).response.status, 200);
refused(await create(2, 'crawl'), 409);
refused(await create(1, 'unheard of'), 400);

const list = await client.GET('/api/v1/tasks', { params: { query: { key } } });
deepEqual(
  list.data?.data.map((task) => [task.id, task.status]),
  [[id, 'pending']],
);
refused(await client.GET('/api/v1/tasks', { params: { query: { limit: 0 } } }), 400);

const sent = await send(key);
deepEqual(
  sent.data?.data.map(({ outcome, task_id }) => [outcome, task_id]),
  [['accepted', id]],
);
const unknown = await send('generated/nobody');
equal(unknown.response.status, 404);
equal(unknown.error?.data?.[0]?.reason, 'task_not_found');

const show = (taskId: number) => client.GET('/api/v1/tasks/{id}', { params: { path: { id: taskId } } });
const detail = (await show(id)).data?.data;
deepEqual([detail?.status, detail?.params, detail?.completed_at], ['running', {}, null]);
refused(await show(999), 404);

const cancel = () => client.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } } });
equal((await cancel()).data?.data, null);
refused(await cancel(), 400);
console.log('TypeScript');
