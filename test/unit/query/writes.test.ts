import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { CancelReply, EventOutcome } from '../../../shared/core/contracts/messages.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };

let faked: FakedService;
beforeAll(async () => {
  faked = await startFaked({ readModelWaitMs: 5 });
});
afterAll(() => faked.service.close());
beforeEach(() => {
  faked.fakes.requests.length = 0;
  faked.fakes.waitForRevision = async () => true;
  faked.fakes.refreshTask = async () => undefined;
});

const post = (path: string, body?: string, headers: Record<string, string> = JSON_TYPE) =>
  fetch(`${faked.url}${path}`, { method: 'POST', headers, body });

async function answerOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { code: number };
  expect(body.code).toBe(response.status);
  return body;
}

describe('POST /api/v1/tasks/{id}/cancel', () => {
  const done: CancelReply = { ok: true, task_id: 7, revision: 3, position: '9' };
  beforeEach(() => {
    faked.fakes.reply = () => done;
  });

  it('sends the command and answers as the contract says', async () => {
    const response = await post('/api/v1/tasks/7/cancel', undefined, {});
    expect(await response.text()).toBe('{"code":200,"message":"Task cancelled","data":null}');
    expect(faked.fakes.requests).toEqual([
      {
        subject: 'tasks.commands.cancel',
        data: { task_id: 7, command_id: expect.stringMatching(/^new-id-\d+$/) },
        deadlineMs: 1_005_000,
      },
    ]);
  });

  it('carries reason, actor and Idempotency-Key', async () => {
    const headers = { ...JSON_TYPE, 'Idempotency-Key': 'once-1' };
    await post('/api/v1/tasks/7/cancel', '{"reason":"No longer needed","actor":"ada"}', headers);
    expect(faked.fakes.requests[0]?.data).toEqual({
      task_id: 7,
      reason: 'No longer needed',
      actor: 'ada',
      command_id: 'once-1',
    });
  });

  it('answers once the read model has the revision', async () => {
    const waits: unknown[] = [];
    faked.fakes.waitForRevision = async (taskId, revision, signal) => {
      waits.push([taskId, revision, signal.aborted]);
      return true;
    };
    faked.fakes.refreshTask = async () => {
      waits.push('refreshed');
    };
    await post('/api/v1/tasks/7/cancel');
    expect(waits).toEqual([[7, 3, false]]);
  });

  it('refreshes the task itself when the read model does not get there', async () => {
    const refreshed: number[] = [];
    faked.fakes.waitForRevision = (_taskId, _revision, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)));
    faked.fakes.refreshTask = async (taskId) => {
      refreshed.push(taskId);
    };
    expect((await post('/api/v1/tasks/7/cancel')).status).toBe(200);
    expect(refreshed).toEqual([7]);
  });

  it('is 503 when the cancel can not be shown, and never 200', async () => {
    faked.fakes.waitForRevision = async () => false;
    faked.fakes.refreshTask = async () => {
      throw new UnavailableError('away');
    };
    const response = await post('/api/v1/tasks/7/cancel');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await answerOf(response)).toEqual({
      code: 503,
      message: 'It is recorded, but does not show yet; send it again to make sure',
      data: null,
    });
  });

  it.each([
    ['already_completed', 400, 'Cannot cancel task (already completed)'],
    ['already_failed', 400, 'Cannot cancel task (already failed)'],
    ['already_cancelled', 400, 'Cannot cancel task (already cancelled)'],
    ['task_not_found', 404, 'Task not found'],
    ['invalid_request', 400, 'reason: must be a string'],
    ['unavailable', 503, 'The ledger is away'],
  ] as const)('answers a refusal by %s with %i', async (code, status, message) => {
    faked.fakes.reply = () => ({ ok: false, error: { code, message } }) satisfies CancelReply;
    const response = await post('/api/v1/tasks/7/cancel');
    expect(await answerOf(response)).toEqual({ code: status, message, data: null });
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
  });

  it('is 503 when nobody answers in time', async () => {
    faked.fakes.reply = () => {
      throw new UnavailableError('No answer on tasks.commands.cancel in time');
    };
    const response = await post('/api/v1/tasks/7/cancel');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it.each([
    ['[]', 400, 'The value must be an object'],
    ['{"reason":1}', 400, 'reason: must be a string'],
    ['{"actor":""}', 400, 'actor: must be a string of 1 to 256 characters'],
    ['{"force":true}', 400, 'Unknown member "force"'],
    ['{"reason":"a","reason":"b"}', 400, 'Malformed JSON: duplicate member in an object'],
  ])('refuses the body %.40s', async (body, code, message) => {
    expect(await answerOf(await post('/api/v1/tasks/7/cancel', body))).toEqual({ code, message, data: null });
    expect(faked.fakes.requests).toEqual([]);
  });

  it('refuses a body that is not called JSON, which is all that a form of another page can send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      const response = await post('/api/v1/tasks/7/cancel', '{}', { 'Content-Type': type });
      expect(response.status).toBe(415);
    }
    expect(faked.fakes.requests).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(513), 'naïve'])('refuses the Idempotency-Key %.20j', async (key) => {
    const response = await post('/api/v1/tasks/7/cancel', undefined, { 'Idempotency-Key': key });
    expect(await answerOf(response)).toMatchObject({
      code: 400,
      message: 'Idempotency-Key must be 1 to 512 characters of ASCII',
    });
  });
});

describe('POST /api/v1/tasks', () => {
  const BODY = { project_id: 1, task_type: 'search', params: { q: 'x' }, total: 10, key: 'crawl/1' };
  const outcome: EventOutcome = {
    event_id: 'x',
    outcome: 'accepted',
    task_id: 7,
    code: 200,
    reason: 'accepted',
    message: 'accepted',
    position: '42',
  };
  beforeEach(() => {
    faked.fakes.reply = () => [outcome];
    faked.fakes.documents.set(7, document(7));
  });

  it('makes a task.created event of the body and answers 201 with the detail', async () => {
    const response = await post('/api/v1/tasks', JSON.stringify(BODY), {
      ...JSON_TYPE,
      'Idempotency-Key': 'k1',
    });
    expect(response.headers.get('location')).toBe('/api/v1/tasks/7');
    expect(await answerOf(response)).toMatchObject({
      code: 201,
      message: 'Task created',
      data: { id: 7, params: {} },
    });
    const { key, ...data } = BODY;
    expect(faked.fakes.requests).toEqual([
      {
        subject: 'tasks.ingest',
        data: {
          specversion: '1.0',
          id: 'k1',
          source: '/api/v1/tasks',
          type: 'task.created',
          subject: key,
          data,
        },
        deadlineMs: 1_005_000,
      },
    ]);
  });

  it('names no key and makes an id of its own when none is given', async () => {
    await post('/api/v1/tasks', '{"project_id":1,"task_type":"ocr"}');
    expect(faked.fakes.requests[0]?.data).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^new-id-\d+$/),
      source: '/api/v1/tasks',
      type: 'task.created',
      data: { project_id: 1, task_type: 'ocr' },
    });
  });

  it('answers a repeat with 200 and the same detail', async () => {
    faked.fakes.reply = () => [{ ...outcome, outcome: 'duplicate', reason: 'duplicate' }];
    const answer = await answerOf(await post('/api/v1/tasks', JSON.stringify(BODY)));
    expect(answer).toMatchObject({ code: 200, data: { id: 7 } });
  });

  it('answers 409 when something else stands under the key', async () => {
    const message = 'Task 7 was created with other data under the same key';
    faked.fakes.reply = () => [
      { ...outcome, outcome: 'rejected', code: 409, reason: 'creation_conflict', message },
    ];
    expect(await answerOf(await post('/api/v1/tasks', JSON.stringify(BODY)))).toEqual({
      code: 409,
      message,
      data: null,
    });
  });

  it('is 503 when the outcome is unknown or the request was refused as a whole', async () => {
    for (const reply of [
      [
        {
          ...outcome,
          outcome: 'unavailable',
          code: 503,
          reason: 'unavailable',
          message: 'The ledger is away',
        },
      ],
      { ok: false, error: { code: 'unavailable', message: 'Draining' } },
      [],
    ]) {
      faked.fakes.reply = () => reply;
      const response = await post('/api/v1/tasks', JSON.stringify(BODY));
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
    }
  });

  it.each([
    ['{"task_type":"ocr"}', 'project_id: must be an int'],
    ['{"project_id":"1","task_type":"ocr"}', 'project_id: must be an int'],
    ['{"project_id":1.5,"task_type":"ocr"}', 'project_id: must be an int'],
    ['{"project_id":1}', 'task_type: must be one of search, ocr'],
    ['{"project_id":1,"task_type":"knit"}', 'task_type: must be one of search, ocr'],
    ['{"project_id":1,"task_type":"ocr","params":[]}', 'params: must be an object'],
    ['{"project_id":1,"task_type":"ocr","total":-1}', 'total: must be an int of 0 or more'],
    ['{"project_id":1,"task_type":"ocr","key":"17"}', 'key: must be a string of 1 to 512 bytes'],
    ['{"project_id":1,"task_type":"ocr","id":5}', 'Unknown member "id"'],
    ['[1]', 'The value must be an object'],
    ['', 'Malformed JSON'],
  ])('refuses %s', async (body, message) => {
    const answer = await answerOf(await post('/api/v1/tasks', body));
    expect(answer).toEqual({ code: 400, message: expect.stringContaining(message), data: null });
    expect(faked.fakes.requests).toEqual([]);
  });
});
