import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { created, lifecycleEvent } from '../support/command-side.js';
import { EventStream } from '../support/event-stream.js';
import { holdToOpenApi } from '../support/hold-to-openapi.js';
import { startServer, type Server } from '../support/server.js';

describe('what a task says, how often it ran, and how its cancel was taken', () => {
  let dataDir = '';
  let server: Server;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-record-'));
    server = await startServer({ dataDir });
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function ask(method: string, path: string, body?: unknown): Promise<any> {
    const init = { method, headers: { 'content-type': 'application/json' } };
    const response = await fetch(
      server.url + path,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    await holdToOpenApi(method, path.split('?')[0] as string, response);
    return ((await response.json()) as { data: unknown }).data;
  }

  /** Publishes events one after the other. Answers the outcomes and the task of the last one. */
  async function publish(...events: object[]): Promise<{ outcomes: string[]; taskId: number }> {
    const said = (await ask('POST', '/api/v1/events', events)) as { outcome: string; task_id: number }[];
    return { outcomes: said.map(({ outcome }) => outcome), taskId: said.at(-1)?.task_id as number };
  }

  it('follows messages as they are said, lists them after a restart, and shows each attempt', async () => {
    const { taskId } = await publish(created('r/1'), lifecycleEvent('started', 'r/1', { worker: 'w-1' }));
    const task = `/api/v1/tasks/${taskId}`;
    const stream = await EventStream.open(`${server.url}${task}/messages/stream?after=0&level=warning`);
    await publish(
      lifecycleEvent('progressed', 'r/1', { message: 'page 1' }),
      lifecycleEvent('progressed', 'r/1', { progress: 2, message: 'page 2 is blank', level: 'warning' }),
      lifecycleEvent('attempt_failed', 'r/1', { error_message: 'no answer', error_type: 'Timeout' }),
      lifecycleEvent('started', 'r/1', { attempt: 5, worker: 'w-2' }),
      lifecycleEvent('progressed', 'r/1', { message: 'Again', level: 'error' }),
      lifecycleEvent('completed', 'r/1'),
    );
    expect((await stream.take(2)).map(({ id, data }) => [id, data.message])).toEqual([
      ['3', 'page 2 is blank'],
      ['6', 'Again'],
    ]);
    expect(await stream.next()).toBeUndefined();
    // With the mark of the event.
    expect(stream.lastEventId).toMatch(/^7\.[0-9a-f]{8}$/);

    await server.stop();
    server = await startServer({ dataDir });
    const { messages, intact } = await ask('GET', `${task}/messages`);
    expect([intact, messages.map(({ message }: { message: string }) => message)]).toEqual([
      ...[true, ['Again', 'page 2 is blank', 'page 1']],
    ]);
    expect((await ask('GET', `${task}/messages?q=PAGE&level=warning`)).messages).toMatchObject([
      { revision: 3, attempt: 1, level: 'warning', progress: 2 },
    ]);
    const { attempts, cancel } = await ask('GET', `${task}?include=attempts,cancel`);
    expect(attempts).toMatchObject([
      { number: 1, outcome: 'failed', worker: 'w-1', error_type: 'Timeout', error_message: 'no answer' },
      { from: 2, to: 4, outcome: 'unknown' },
      { number: 5, outcome: 'completed', worker: 'w-2' },
    ]);
    expect(cancel).toBeNull();
  }, 120_000);

  it('shows a cancel from who wanted it to the receipt of the worker, which is a duplicate to it', async () => {
    const { taskId } = await publish(created('r/2'), lifecycleEvent('started', 'r/2'));
    const task = `/api/v1/tasks/${taskId}`;
    await ask('POST', `${task}/cancel`, { reason: 'wrong seed list', actor: 'ana' });
    expect((await ask('GET', `${task}?include=cancel`)).cancel).toMatchObject({ outcome: 'unheard' });
    const receipt = lifecycleEvent('cancelled', 'r/2', { reason: 'told to' });
    expect((await publish(receipt)).outcomes).toEqual(['duplicate']);
    expect((await publish(receipt)).outcomes).toEqual(['duplicate']);
    const { cancel } = await ask('GET', `${task}?include=cancel`);
    expect(cancel).toMatchObject({
      outcome: 'honoured',
      requested: { principal: 'ana', reason: 'wrong seed list', was_running: true, cancellation_id: null },
      receipt: { event_id: receipt.id, reason: 'told to' },
    });
    const history = await ask('GET', `${task}/history`);
    expect(history.cancel).toEqual(cancel);
    expect(history.evidence).toMatchObject([{ type: 'TaskCancelAcknowledged', event_id: receipt.id }]);
  }, 120_000);

  it('names the cancellation that a cancel was a part of, and that a worker came too late', async () => {
    const { taskId } = await publish(created('r/3'), lifecycleEvent('started', 'r/3'));
    const { id } = await ask('POST', '/api/v1/cancellations', { filter: { key: 'r/3' } });
    let { state } = await ask('POST', `/api/v1/cancellations/${id}/execute`, { actor: 'ben' });
    while (state !== 'finished') ({ state } = await ask('GET', `/api/v1/cancellations/${id}`));
    expect((await publish(lifecycleEvent('completed', 'r/3'))).outcomes).toEqual(['rejected']);
    expect((await ask('GET', `/api/v1/tasks/${taskId}?include=cancel`)).cancel).toMatchObject({
      outcome: 'too_late',
      requested: { principal: 'ben', cancellation_id: id },
      too_late: { type: 'task.completed' },
    });
  }, 120_000);
});
