import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { HEARTBEATS_MAX } from '../../../shared/core/contracts/heartbeats.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

let faked: FakedService;
beforeAll(async () => {
  faked = await startFaked();
});
afterAll(() => faked.service.close());
beforeEach(() => {
  faked.fakes.told = [];
  faked.fakes.busAway = undefined;
});

const post = (body: string, type = 'application/json') =>
  fetch(`${faked.url}/api/v1/heartbeats`, { method: 'POST', headers: { 'Content-Type': type }, body });

it('tells all who watch, by ids and keys', async () => {
  const response = await post('{"tasks":["crawl/7","42","43"]}');
  expect(await response.text()).toBe('{"code":202,"message":"Heard","data":{"heard":3}}');
  expect(response.status).toBe(202);
  expect(faked.fakes.told).toEqual([
    { subject: 'tasks.heartbeats', data: { tasks: ['crawl/7', '42', '43'] } },
  ]);
});

it('takes as many as there may be, and none', async () => {
  const tasks = Array.from({ length: HEARTBEATS_MAX }, (_, id) => String(id + 1));
  expect((await post(JSON.stringify({ tasks }))).status).toBe(202);
  expect((await post('{"tasks":[]}')).status).toBe(202);
  const more = await post(JSON.stringify({ tasks: [...tasks, 'one more'] }));
  expect(await more.json()).toMatchObject({ code: 400, message: 'tasks: must have at most 1000 tasks' });
});

it.each([
  ['{}', 'tasks: must be a list of ids and keys of tasks'],
  ['[]', 'must be an object'],
  ['{"tasks":"crawl/7"}', 'tasks: must be a list of ids and keys of tasks'],
  ['{"tasks":["0"]}', "tasks.0: must be a task's id in digits, or a key of 1 to 512 bytes"],
  ['{"tasks":["crawl/7",null]}', "tasks.1: must be a task's id in digits, or a key of 1 to 512 bytes"],
  ['{"tasks":[],"worker":"a"}', 'worker'],
])('refuses %s, and says why', async (body, message) => {
  const answer = (await (await post(body)).json()) as { code: number; message: string };
  expect(answer.code).toBe(400);
  expect(answer.message).toContain(message);
  expect(faked.fakes.told).toEqual([]);
});

it('refuses another media type', async () => {
  expect((await post('{"tasks":[]}', 'text/plain')).status).toBe(415);
});

it('is to be sent again while nobody can be told', async () => {
  faked.fakes.busAway = new UnavailableError('NATS is unavailable');
  const response = await post('{"tasks":["crawl/7"]}');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).not.toBeNull();
});
