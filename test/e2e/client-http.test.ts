import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  TaskledgerClient,
  type HistoryEntry,
  type ProjectStats,
  type Task,
  type TaskChange,
  type TaskPage,
} from '../../clients/typescript/src/index.js';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { caughtUp } from '../support/api.js';
import { expectAllRecorded, KILLS, runThroughKills, type ClientLoad } from '../support/client-load.js';
import { HARD_VALUES, type HardValue } from '../support/hard-values.js';
import { freePort } from '../support/free-port.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { startServer, type Server } from '../support/server.js';

const RUN_MS_MAX = 180_000;
const KEEP_EVENTS = resolve('test/support/keep-events.mjs');

async function auditOf(dataDir: string): Promise<LedgerAudit> {
  const ledger = await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly: true });
  const audit = await auditLedger(ledger);
  await ledger.close();
  return audit;
}

describe(`a client over HTTP, while the server is killed ${KILLS} times`, () => {
  const warnings: string[] = [];
  let dataDir = '';
  let load: ClientLoad;
  let audit: LedgerAudit;
  let server: Server;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-client-'));
    const env = { PORT: String(await freePort()) };
    server = await startServer({ dataDir, env });
    const ledger = new TaskledgerClient({
      url: server.url,
      source: '/load',
      progressIntervalMs: 0,
      awayAfterMs: 300,
      onWarning: (_, code) => warnings.push(code),
    });
    load = await runThroughKills(ledger, async () => {
      await server.kill('SIGKILL');
      server = await startServer({ dataDir, env });
    });
    await ledger.close();
    await caughtUp(server.url);
    audit = await auditOf(dataDir);
    await server.stop();
    process.stderr.write(`HTTP: ${load.runs.length} tasks, ${load.kept} of them ended while it was away\n`);
  }, RUN_MS_MAX);

  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  expectAllRecorded(() => ({ load, audit, warnings }));
});

describe('a client over HTTP', () => {
  let dataDir = '';
  let server: Server;
  let ledger: TaskledgerClient;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-client-'));
    server = await startServer({ dataDir });
    ledger = new TaskledgerClient({ url: server.url, source: '/test', cancelPollIntervalMs: 3_600_000 });
  });
  afterAll(async () => {
    await ledger.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('hears of a cancel by the event stream', async () => {
    const run = await ledger.run({ projectId: 1, taskType: 'ocr', key: 'http/1' }, async (task) => {
      await ledger.cancel(task.id as number, { reason: 'no need', actor: 'anna' });
      if (!task.signal.aborted) await once(task.signal, 'abort');
      expect(task.signal.reason).toMatchObject({ reason: 'no need', actor: 'anna' });
      throw task.signal.reason;
    });
    expect(run).toEqual({ id: 1, status: 'cancelled', recorded: true });
    await expect(ledger.cancel(1)).rejects.toThrow('Cannot cancel task (already cancelled)');
  });

  it('shows tasks: one, the list by pages and filters, the history and the counts', async () => {
    for (let number = 0; number < 5; number++)
      await ledger.run({ projectId: 2, taskType: 'crawl', key: `crawl/a/${number}`, total: 3 }, () => {
        if (number === 4) throw new Error('no such site');
        return { number };
      });
    await caughtUp(server.url);
    const { value: page } = await ledger.pages({ projectId: 2, pageSize: 2 }).next();
    expect(page).toMatchObject({ tasks: [{ id: 6 }, { id: 5 }], position: expect.any(String) });
    const query = {
      keyPrefix: 'crawl/a/',
      status: '!failed',
      include: ['key', 'result', 'startedAt'],
    } as const;
    const listed: Task[] = [];
    for await (const task of ledger.list({ ...query, pageSize: 3, createdAfter: new Date(0) }))
      listed.push(task);
    expect(listed.map(({ id, key, result }) => ({ id, key, result }))).toEqual(
      [3, 2, 1, 0].map((number) => ({ id: number + 2, key: `crawl/a/${number}`, result: { number } })),
    );
    expect(listed[0]?.startedAt).toBeInstanceOf(Date);
    const failed = await ledger.get(6);
    expect(failed).toMatchObject({
      projectId: 2,
      status: 'failed',
      errorMessage: 'no such site',
      key: 'crawl/a/4',
    });
    expect(Math.abs(failed.createdAt.getTime() - Date.now())).toBeLessThan(3_600_000);
    const history: HistoryEntry[] = [];
    for await (const entry of ledger.history(6)) history.push(entry);
    expect(history.map(({ type, isEvidence }) => [type, isEvidence])).toEqual([
      ['TaskCreated', false],
      ['TaskStarted', false],
      ['TaskFailed', false],
    ]);
    expect(history[0]).toMatchObject({ source: '/test', recordedAt: expect.any(Date), revision: 0 });
    let stats = await ledger.stats({ projectId: 2 });
    // They are counted by a projection of their own.
    while (stats.byStatus.failed === 0) stats = await ledger.stats({ projectId: 2 });
    expect(stats).toMatchObject({ total: 5, byStatus: { completed: 4, failed: 1 } });
    expect(stats.byType.crawl?.durationMs.count).toBe(4);
    const projects: ProjectStats[] = [];
    for await (const project of ledger.statsByProject()) projects.push(project);
    expect(projects.map(({ projectId, total }) => [projectId, total])).toEqual([
      [1, 1],
      [2, 5],
    ]);
  });

  it('has every attempt on record, its own and those of a queue', async () => {
    const failing = (error: Error) => () => Promise.reject(error);
    const creation = { projectId: 12, taskType: 'ocr', labels: { team: 'search' }, parent: 'attempts' };
    const own = await ledger.run(
      { ...creation, dueAt: new Date(0) },
      async (task) => {
        task.message('no answer so far', 'warning');
        throw new RangeError('away');
      },
      { attempts: 3, backoffMs: 1, worker: 'host:1' },
    );
    expect(own.status).toBe('failed');
    const queued = { ...creation, key: 'queue/1' };
    // The worker of the first one is killed: the queue begins the same attempt again.
    const killed = await ledger.create(queued);
    await killed.started({ attempt: 1 });
    for (const [attempt, status] of [
      [1, 'pending'],
      [4, 'pending'],
      [5, 'failed'],
    ] as const) {
      const run = await ledger.run(queued, failing(new RangeError('gone')), { attempt, attemptsMax: 5 });
      expect(run).toMatchObject({ id: killed.id, status, recorded: true });
    }
    const again = await ledger.run({ ...queued, key: 'queue/1#2', retryOf: 'queue/1' }, () => ({ found: 1 }));
    const history = async (id: number | undefined): Promise<unknown[]> => {
      const entries: unknown[] = [];
      for await (const { type, attempt, isEvidence } of ledger.history(id as number))
        entries.push(`${type.slice('Task'.length)} ${attempt}${isEvidence ? ' evidence' : ''}`);
      return entries;
    };
    expect(await history(own.id)).toEqual([
      'Created 0',
      ...[1, 2].flatMap((n) => [`Started ${n}`, `Progressed ${n}`, `AttemptFailed ${n}`]),
      ...['Started 3', 'Progressed 3', 'Failed 3'],
    ]);
    expect(await history(killed.id)).toEqual([
      ...['Created 0', 'Started 1', 'Started 1', 'AttemptFailed 1'],
      ...['Started 4', 'AttemptFailed 4', 'Started 5', 'Failed 5'],
    ]);
    expect(await history(again.id)).toEqual(['Created 0', 'Started 1', 'Completed 1']);
    const events: HistoryEntry[] = [];
    for await (const entry of ledger.history(own.id as number)) events.push(entry);
    expect(events[0]?.data).toMatchObject({ labels: { team: 'search' }, parent: 'attempts' });
    expect(events[1]?.data).toEqual({ worker: 'host:1' });
    expect(events[2]?.data).toEqual({ message: 'no answer so far', level: 'warning' });
    expect(events[3]?.data).toMatchObject({
      ...{ error_message: 'away', error_type: 'RangeError' },
      error_stack: expect.stringContaining('RangeError: away\n'),
    });
  });

  it('streams what changes after a position', async () => {
    const { value: page } = await ledger.pages({ pageSize: 1 }).next();
    const after = (page as TaskPage).position;
    await ledger.run({ projectId: 3, taskType: 'index' }, () => {});
    await ledger.run({ projectId: 4, taskType: 'index', key: 'index/1' }, () => {});
    const seen: TaskChange[] = [];
    for await (const change of ledger.watch({ projectId: 4, after, include: ['key'] })) {
      seen.push(change);
      if (change.task.status === 'completed') break;
    }
    expect(seen.at(-1)).toMatchObject({ kind: 'task', task: { projectId: 4, key: 'index/1' } });
    const { id } = (seen.at(-1) as TaskChange).task;
    const states: string[] = [];
    for await (const { task } of ledger.watchTask(id)) states.push(task.status);
    expect(states).toEqual(['completed']);
  });

  it('cancels many at once', async () => {
    for (const key of ['many/1', 'many/2', 'many/3'])
      await ledger.create({ projectId: 9, taskType: 'dedup', key });
    const preview = await ledger.cancellations.preview({ projectId: 9 }, { reason: 'not needed' });
    expect(preview).toMatchObject({
      state: 'previewed',
      total: 3,
      counts: { open: 3 },
      reason: 'not needed',
    });
    const [first] = preview.tasks;
    await ledger.run({ id: first?.id as number }, () => {});
    await ledger.cancellations.execute(preview.id);
    let { state } = preview;
    while (state !== 'finished') ({ state } = await ledger.cancellations.get(preview.id));
    const outcomes: string[] = [];
    for await (const { outcome, code } of ledger.cancellations.outcomes(preview.id))
      outcomes.push(`${outcome} ${code}`);
    expect(outcomes.sort()).toEqual(['cancelled null', 'cancelled null', 'refused already_completed']);
  });

  it('aborts what is not to be cancelled after all, and lists all that was previewed', async () => {
    await ledger.create({ projectId: 10, taskType: 'dedup', key: 'kept/1' });
    const { id } = await ledger.cancellations.preview({ projectId: 10 });
    expect(await ledger.cancellations.abort(id)).toMatchObject({ id, state: 'aborted', counts: { open: 1 } });
    await expect(ledger.cancellations.execute(id)).rejects.toMatchObject({ reason: 'cancellation_aborted' });
    const listed = await ledger.cancellations.list().next();
    expect(listed.value).toMatchObject({ id, state: 'aborted', total: 1 });
  });

  it('records the end of every task, whatever its work returned or threw', async () => {
    const largest: HardValue = ['the largest that there may be', () => ({ text: 'ä'.repeat(120_000) })];
    for (const [name, make] of [...HARD_VALUES, largest]) {
      const creation = { projectId: 11, taskType: 'ocr', params: { name } };
      const done = await ledger.run(creation, make);
      const failed = await ledger.run(creation, () => {
        throw make();
      });
      expect([name, done.status, failed.status]).toEqual([name, 'completed', 'failed']);
      await caughtUp(server.url);
      expect(await ledger.get(done.id as number)).toMatchObject({
        status: 'completed',
        result: (done as { result: object }).result,
      });
      const { status, errorMessage } = await ledger.get(failed.id as number);
      expect([name, status]).toEqual([name, 'failed']);
      expect(errorMessage).toMatch(/^(?!\[object Object\])[^]/);
      // None was refused, so that less had to be said.
      for await (const { isEvidence } of ledger.history(failed.id as number)) expect(isEvidence).toBe(false);
      for await (const { isEvidence } of ledger.history(done.id as number)) expect(isEvidence).toBe(false);
      if (name === largest[0]) expect(done).toMatchObject({ result: make() as object });
    }
  }, 60_000);
});

describe('a worker that is killed while Taskledger is away, its buffer on disk', () => {
  const ROUNDS = 5;
  /** What it has said to be in the buffer: each task's name and what had happened. */
  const handedOver: string[] = [];
  let folder = '';
  let audit: LedgerAudit;
  let filesLeft: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-worker-'));
    const [buffer, dataDir, port] = [join(folder, 'buffer'), join(folder, 'data'), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    for (let round = 0; round < ROUNDS; round++) await keepUntilKilled(buffer, url, 50 + 37 * round);
    const server = await startServer({ dataDir, env: { PORT: String(port) } });
    // Two at once, which must not take the same file.
    expect(await Promise.all([flush(buffer, url), flush(buffer, url)])).toEqual(['sent\n', 'sent\n']);
    filesLeft = await readdir(buffer);
    audit = await auditOf(dataDir);
    await server.stop();
  }, RUN_MS_MAX);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Starts the worker, and kills it once it has said so many lines. */
  async function keepUntilKilled(buffer: string, url: string, linesMin: number): Promise<void> {
    const worker = spawn(process.execPath, [KEEP_EVENTS, 'keep', buffer, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: worker.stdout });
    let said = 0;
    lines.on('line', (line) => {
      handedOver.push(line);
      if (++said === linesMin) worker.kill('SIGKILL');
    });
    await Promise.all([once(lines, 'close'), once(worker, 'close')]);
    expect(worker.signalCode).toBe('SIGKILL');
  }

  async function flush(buffer: string, url: string): Promise<string> {
    const worker = spawn(process.execPath, [KEEP_EVENTS, 'flush', buffer, url], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    worker.stdout.on('data', (chunk: Buffer) => (said += String(chunk)));
    worker.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
    await once(worker, 'close');
    return said;
  }

  it('has lost nothing that was handed over, and doubled nothing', () => {
    const recorded = new Map<string, string[]>();
    for (const [stream, events] of audit.streams) {
      if (!stream.startsWith('task-')) continue;
      const name = (events[0]?.data as any).params.value.name as string;
      expect(recorded.has(name)).toBe(false);
      recorded.set(
        name,
        events.map(({ type }) => type.slice('Task'.length).toLowerCase()),
      );
    }
    expect(handedOver.length).toBeGreaterThan(600);
    for (const line of handedOver) {
      const [name, happened] = line.split(' ') as [string, string];
      expect(recorded.get(name)).toContain(happened);
    }
    const order = ['created', 'started', 'progressed', 'completed'];
    for (const types of recorded.values()) {
      expect(types).toEqual(order.filter((type) => types.includes(type)));
      expect(new Set(types).size).toBe(types.length);
    }
    expect([...audit.streams.keys()].filter((name) => name.startsWith('taskEvidence-'))).toEqual([]);
  });

  it('has left no file behind', () => {
    expect(filesLeft).toEqual([]);
  });
});
