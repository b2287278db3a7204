import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { CancellationsApi, pipelineEvent, type ShownTaskOutcome } from '../support/cancellations-api.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { startServer } from '../support/server.js';

const TASKS = 10_000;
/** Every so manieth of them completes by itself. */
const COMPLETES_EVERY = 10;
const PROJECT = 77;
const REASON = 'The crawl began at the wrong page';

/** What is left of a bulk cancel of many tasks. */
interface Aftermath {
  id: string;
  previewed: number[];
  outcomes: ShownTaskOutcome[];
  /** Tasks whose completion was answered `accepted` (or `duplicate`, when the first answer was lost). */
  completed: Set<number>;
  /** Tasks whose completion was refused. */
  tooLate: Set<number>;
  audit: LedgerAudit;
}

const rounds: [name: string, kills: boolean][] = [
  ['', false],
  [', killed with -9 in the middle and executed again', true],
];

describe.each(rounds)(
  `a bulk cancel of 10,000 tasks while 1,000 of them complete by themselves%s`,
  (_, kills) => {
    let dataDir = '';
    let after: Aftermath;
    let killedAt = 0;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bulk-'));
      after = await cancelMany();
    }, 240_000);

    afterAll(() => rm(dataDir, { recursive: true, force: true }));

    async function cancelMany(): Promise<Aftermath> {
      let server = await startServer({ dataDir });
      let api = new CancellationsApi(server.url);
      const create = (key: string, project_id = PROJECT): object =>
        pipelineEvent('created', key, { project_id, task_type: 'crawl' });
      const keys = Array.from({ length: TASKS }, (_, at) => `crawl/${at}`);
      const ids = (await api.publish(keys.map((key) => create(key)))).map(({ task_id }) => task_id as number);
      await api.publish(keys.filter((_, at) => at % 3 === 0).map((key) => pipelineEvent('started', key)));
      // Neither of the same project, nor open.
      await api.publish([
        create('other/1', PROJECT + 1),
        create('ended/1'),
        pipelineEvent('failed', 'ended/1', { error_message: 'x' }),
      ]);

      const before = performance.now();
      const { status, data: preview } = await api.preview({ project_id: PROJECT }, REASON);
      const previewMs = performance.now() - before;
      expect({ status, ...preview }).toMatchObject({ status: 201, state: 'previewed', total: TASKS });
      const { id } = preview;
      const previewed = (await api.outcomes(id)).map(({ task_id }) => task_id);
      // Each of these matches the filter, and is not of the preview.
      await api.publish(Array.from({ length: 100 }, (_, at) => create(`after/${at}`)));

      const completes = keys.flatMap((key, at) =>
        at % COMPLETES_EVERY === 0 ? [{ key, id: ids[at] as number }] : [],
      );
      const [completed, tooLate] = [new Set<number>(), new Set<number>()];
      const completeAll = async (): Promise<void> => {
        const left = completes.filter((task) => !completed.has(task.id) && !tooLate.has(task.id));
        for (let first = 0; first < left.length; first += 25) {
          const some = left.slice(first, first + 25);
          const answers = await api.publish(some.map(({ key }) => pipelineEvent('completed', key)));
          answers.forEach(({ outcome }, at) =>
            (outcome === 'rejected' ? tooLate : completed).add((some[at] as { id: number }).id),
          );
        }
      };

      const startedAt = performance.now();
      let completing = completeAll();
      expect(await api.execute(id)).toMatchObject({ status: 202, data: { id } });
      if (kills) {
        const shown = await api.until(id, ({ counts }) => counts.cancelled + counts.refused >= TASKS / 4);
        await server.kill('SIGKILL');
        killedAt = shown.counts.cancelled + shown.counts.refused;
        await completing.catch(() => undefined);
        server = await startServer({ dataDir });
        api = new CancellationsApi(server.url);
        completing = completeAll();
        expect(await api.execute(id)).toMatchObject({ status: 202, data: { id } });
      }
      await api.until(id, ({ state }) => state === 'finished');
      const executionMs = performance.now() - startedAt;
      await completing;
      process.stdout.write(
        `Bulk cancel of ${TASKS} tasks${kills ? ', killed once' : ''}: previewed in ${Math.round(previewMs)} ms, ` +
          `executed in ${Math.round(executionMs)} ms\n`,
      );
      const outcomes = await api.outcomes(id);
      await server.stop();
      const ledger = await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly: true });
      const audit = await auditLedger(ledger);
      await ledger.close();
      return { id, previewed, outcomes, completed, tooLate, audit };
    }

    function statusOf(taskId: number): string | undefined {
      return after.audit.tasks.get(taskId)?.snapshot.status;
    }

    function tasksThatAre(outcome: ShownTaskOutcome['outcome']): number[] {
      return after.outcomes.filter((task) => task.outcome === outcome).map(({ task_id }) => task_id);
    }

    it('was under way when it was to be killed', () => {
      expect(killedAt).toBeLessThan(TASKS);
      expect(killedAt > 0).toBe(kills);
    });

    it('names exactly the tasks that were open and matched, each once', () => {
      expect(new Set(after.previewed).size).toBe(TASKS);
      const matched = [...after.audit.tasks.values()].filter(
        ({ snapshot: { project_id, key } }) => project_id === PROJECT && key?.startsWith('crawl/'),
      );
      expect([...after.previewed].sort((one, other) => one - other)).toEqual(
        matched.map(({ snapshot }) => snapshot.task_id).sort((one, other) => one - other),
      );
    });

    it('ends with exactly the previewed tasks that were still open cancelled', () => {
      expect(after.outcomes.map(({ task_id }) => task_id)).toEqual(after.previewed);
      expect(tasksThatAre('open')).toEqual([]);
      expect(tasksThatAre('cancelled').every((taskId) => statusOf(taskId) === 'cancelled')).toBe(true);
      const cancelled = [...after.audit.tasks.values()].filter(
        ({ snapshot }) => snapshot.status === 'cancelled',
      );
      expect(cancelled).toHaveLength(tasksThatAre('cancelled').length);
    });

    it('reports the others, each with the reason: exactly those that completed by themselves', () => {
      expect(tasksThatAre('refused').length).toBeGreaterThan(0);
      expect(new Set(tasksThatAre('refused'))).toEqual(after.completed);
      expect(after.completed.size + after.tooLate.size).toBe(TASKS / COMPLETES_EVERY);
      for (const { task_id, outcome, code, message } of after.outcomes) {
        if (outcome !== 'refused') continue;
        expect({ code, message }).toEqual({
          code: 'already_completed',
          message: 'Cannot cancel task (already completed)',
        });
        expect(statusOf(task_id)).toBe('completed');
      }
    });

    it('leaves every other task untouched, those that match and came later too', () => {
      const others = [...after.audit.tasks.values()]
        .map(({ snapshot }) => snapshot)
        .filter(({ key }) => key?.startsWith('crawl/') !== true);
      expect(others.map(({ key, status }) => `${key} ${status}`).sort()).toEqual(
        [
          'ended/1 failed',
          'other/1 pending',
          ...Array.from({ length: 100 }, (_, at) => `after/${at} pending`),
        ].sort(),
      );
    });

    it('is in the history of each task: once, with the reason, and what led to it', () => {
      const started = after.audit.streams
        .get(`bulkCancel-${after.id}`)
        ?.find(({ type }) => type === 'BulkCancelStarted');
      expect(started).toBeDefined();
      const said = tasksThatAre('cancelled').map((taskId) => {
        const events = after.audit.streams.get(`task-${taskId}`) as RecordedEvent[];
        const { data, metadata } = events.at(-1) as RecordedEvent;
        const { value } = data.reason as { value: string };
        const times = events.filter(({ type }) => type === 'TaskCancelled').length;
        return [times, value, metadata.$correlationId, metadata.$causationId].join('\n');
      });
      expect(new Set(said)).toEqual(new Set([[1, REASON, after.id, started?.id].join('\n')]));
    });

    it('is a chain that verifies, as every other stream', () => {
      expect(after.audit.chainFaults).toEqual([]);
    });
  },
);

describe('a bulk cancel that is under way when the process is told to stop', () => {
  it('stops within the drain, with exit code 0, and goes on by itself with the next start', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bulk-stop-'));
    const first = await startServer({ dataDir });
    const api = new CancellationsApi(first.url);
    const keys = Array.from({ length: 5_000 }, (_, at) => `crawl/${at}`);
    await api.publish(
      keys.map((key) => pipelineEvent('created', key, { project_id: PROJECT, task_type: 'ocr' })),
    );
    const { data } = await api.preview({ project_id: PROJECT });
    await api.execute(data.id);
    const before = await api.until(data.id, ({ counts }) => counts.cancelled > 0);
    expect(before).toMatchObject({ state: 'running' });
    await first.stop();

    const second = await startServer({ dataDir });
    const after = new CancellationsApi(second.url);
    expect(await after.until(data.id, ({ state }) => state === 'finished')).toMatchObject({
      counts: { cancelled: 5_000, refused: 0, open: 0 },
    });
    await second.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 120_000);
});

describe('a bulk cancel that is aborted', () => {
  let dataDir = '';
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-abort-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('stops in the middle, is on record with exactly what it has done, and stays so over a restart', async () => {
    let server = await startServer({ dataDir });
    let api = new CancellationsApi(server.url);
    const keys = Array.from({ length: TASKS }, (_, at) => `crawl/${at}`);
    await api.publish(
      keys.map((key) => pipelineEvent('created', key, { project_id: PROJECT, task_type: 'crawl' })),
    );
    const { data: unused } = await api.preview({ project_id: PROJECT });
    expect(await api.abort(unused.id)).toMatchObject({ status: 200, data: { state: 'aborted' } });
    expect((await api.execute(unused.id)).status).toBe(409);

    const { data: preview } = await api.preview({ project_id: PROJECT }, REASON);
    await api.execute(preview.id);
    await api.until(preview.id, ({ counts }) => counts.cancelled > 0);
    expect(await api.abort(preview.id)).toMatchObject({ status: 200, data: { state: 'aborted' } });
    expect((await api.abort(preview.id)).status).toBe(200);

    await server.stop();
    server = await startServer({ dataDir });
    api = new CancellationsApi(server.url);
    const listed = await api.list();
    expect(listed.map(({ id, state }) => [id, state])).toEqual([
      [preview.id, 'aborted'],
      [unused.id, 'aborted'],
    ]);
    const summary = await api.cancelSummary();
    expect(summary.tasks).toBe(Math.min(1_000, listed[0]?.counts.cancelled ?? 0));
    expect(summary).toMatchObject({ unreadable: 0, unheard: summary.tasks, honoured: 0 });
    expect(summary.by_project).toMatchObject([{ project_id: PROJECT, unheard: summary.tasks }]);
    const { cancelled } = listed[0]?.counts ?? { cancelled: 0 };
    expect(cancelled).toBeGreaterThan(0);
    expect(cancelled).toBeLessThan(TASKS);
    await server.stop();

    const ledger = await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly: true });
    const { tasks } = await auditLedger(ledger);
    await ledger.close();
    const ended = [...tasks.values()].filter(({ snapshot }) => snapshot.status === 'cancelled');
    expect(ended).toHaveLength(cancelled);
  }, 120_000);
});
