import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

describe('while the read model is built from nothing', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());
  beforeEach(() => {
    const { fakes } = faked;
    const building = { position: '0000000000000004', lagMs: 9, caughtUp: false, parkedStreams: 0 };
    fakes.progress = { ...building, rebuilding: true };
    fakes.statsProgress = { ...building, rebuilding: true };
    fakes.seriesProgress = { ...building, rebuilding: true };
    fakes.documents.clear();
    fakes.refreshTask = async () => undefined;
  });

  const get = async (path: string) => {
    const response = await fetch(`${faked.url}${path}`);
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };

  it.each([
    ['/api/v1/tasks', 'The lists'],
    ['/api/v1/tasks?status=failed&limit=3', 'The lists'],
    ['/api/v1/tasks/count', 'The lists'],
    [`/api/v1/tasks/series?by=day&of=created&from=2025-03-12T00:00:00&to=2025-03-13T00:00:00`, 'The series'],
    ['/api/v1/tasks/stats', 'The counts'],
    ['/api/v1/tasks/stats?project_id=1', 'The counts'],
  ])('%s is 503 that says how far it is', async (path, what) => {
    const { status, headers, body } = await get(path);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toEqual({
      code: 503,
      message: `${what} are being built from the ledger, so far up to position 0000000000000004; try again in a while`,
      data: null,
    });
  });

  it('a preview of a bulk cancel is 503, too', async () => {
    const response = await fetch(`${faked.url}/api/v1/cancellations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"filter":{"project_id":1}}',
    });
    expect(response.status).toBe(503);
    expect(faked.fakes.requests).toEqual([]);
  });

  it('a detail is read from its stream, even when there is a document, which may be behind', async () => {
    const { fakes } = faked;
    fakes.documents.set(7, document(7));
    fakes.refreshTask = async (taskId) => {
      fakes.documents.set(taskId, document(taskId, { status: 'completed', progress: 100 }));
    };
    expect((await get('/api/v1/tasks/7')).body.data).toMatchObject({ status: 'completed' });
    fakes.refreshTask = async () => undefined;
    expect((await get('/api/v1/tasks/8')).status).toBe(404);
  });

  it('a cancel does not wait for what the projector will bring much later', async () => {
    const { fakes } = faked;
    const refreshed: number[] = [];
    fakes.reply = () => ({ ok: true, revision: 3 });
    fakes.waitForRevision = (_taskId, _revision, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)));
    fakes.refreshTask = async (taskId) => refreshed.push(taskId);
    const response = await fetch(`${faked.url}/api/v1/tasks/7/cancel`, { method: 'POST' });
    expect([response.status, refreshed]).toEqual([200, [7]]);
  });

  it('health is not ready, and says how far it is', async () => {
    const { status, body } = await get('/health/ready');
    expect(status).toBe(503);
    expect(body.message).toBe('Not ready: projector, stats, series');
    expect(body.data.parts.projector).toMatchObject({ ok: false, rebuilding: true, lag_events: 4 });
    expect(body.data.parts.stats).toMatchObject({ ok: false, rebuilding: true, lag_events: 4 });
    expect(body.data.parts.series).toMatchObject({ ok: false, rebuilding: true, lag_events: 4 });
  });

  it('everything is answered again when it is whole', async () => {
    const { fakes } = faked;
    fakes.progress = { position: '0000000000000008', lagMs: 0, caughtUp: true, parkedStreams: 0 };
    fakes.statsProgress = { ...fakes.progress };
    fakes.seriesProgress = { ...fakes.progress };
    expect((await get('/api/v1/tasks')).status).toBe(200);
    expect((await get('/api/v1/tasks/stats')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(200);
  });
});
