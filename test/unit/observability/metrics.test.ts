import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { IngestBacklog } from '../../../shared/core/ports/ingest-stream.js';
import { CommandMetrics } from '../../../shared/runtime/observability/command-metrics.js';
import { Metrics } from '../../../shared/runtime/observability/metrics.js';
import { watchIntake } from '../../../shared/runtime/observability/watch-intake.js';
import { watchTasks } from '../../../shared/runtime/observability/watch-tasks.js';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

/** The lines of some metrics, without those that explain. */
async function linesOf(metrics: { text(): Promise<string> }, name: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
}

describe('what a command service counts', () => {
  it('is events by how they came, their type and why, whatever they say', async () => {
    const metrics = new CommandMetrics();
    const accepted = { event_id: 'e', outcome: 'accepted', task_id: 1, code: 200, message: '' } as const;
    const outcomes = [1, 2].map(() => ({ ...accepted, reason: 'accepted', position: '1' }) as const);
    metrics.countEvents('request', [created('a'), created('b')], outcomes);
    metrics.countEvent('stream', lifecycleEvent('completed', 'a'), 'already_cancelled');
    for (const type of ['task.teleported', '__proto__', 7, undefined, 'x'.repeat(9_999)])
      metrics.countEvent('request', { type }, 'invalid_request');
    for (const event of [null, [], 'text']) metrics.countEvent('stream', event, 'invalid_request');
    expect(await linesOf(metrics, 'taskledger_intake_events_total')).toEqual([
      'taskledger_intake_events_total{via="request",type="created",reason="accepted"} 2',
      'taskledger_intake_events_total{via="stream",type="completed",reason="already_cancelled"} 1',
      'taskledger_intake_events_total{via="request",type="other",reason="invalid_request"} 5',
      'taskledger_intake_events_total{via="stream",type="other",reason="invalid_request"} 3',
    ]);
  });

  it('is how long appends took, also those that failed', async () => {
    const metrics = new CommandMetrics();
    const store = new MemoryEventStore();
    const timed = metrics.timed(store);
    await timed.append([]);
    await timed.appendInOrder([]);
    store.beforeAppend = () => {
      throw new UnavailableError('away');
    };
    const event = { id: 'e', type: 'T', data: '{}', metadata: '{}' };
    const append = { stream: 's', expectedRevision: 'no_stream', events: [event] } as const;
    await expect(timed.append([append])).rejects.toThrow('away');
    expect(await linesOf(metrics, 'taskledger_append_duration_seconds_count')).toEqual([
      'taskledger_append_duration_seconds_count 3',
    ]);
    expect(await linesOf(metrics, 'taskledger_append_duration_seconds_bucket{le="10"}')).toHaveLength(1);
    expect(await timed.lastPosition()).toEqual(await store.lastPosition());
    expect(timed.capabilities).toBe(store.capabilities);
  });

  it('is told beside what the rest of the process counts, while it answers', async () => {
    const metrics = new Metrics();
    const thread = new CommandMetrics();
    thread.countEvent('request', created('a'), 'accepted');
    metrics.add(() => thread.text());
    metrics.add(() => Promise.reject(new Error('gone')));
    expect(await linesOf(metrics, 'taskledger_intake_events_total')).toHaveLength(1);
    expect(await linesOf(metrics, 'process_cpu_seconds_total')).toHaveLength(1);
  });
});

describe('what an intake shows', () => {
  const shown = async (metrics: Metrics): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await linesOf(metrics, 'taskledger_intake_')).map((line) => {
        const [name, value] = line.split(' ') as [string, string];
        return [name.replace('taskledger_intake_', ''), Number(value)];
      }),
    );

  it('is what it does, and what the streams say, asked once', async () => {
    const metrics = new Metrics();
    let asked = 0;
    let backlog: IngestBacklog | undefined = { waiting: 3, oldestAtMs: Date.now() - 90_000, parked: 2 };
    watchIntake(metrics, {
      status: () => ({ working: true, inFlight: 5, epoch: 17 }),
      backlog: async () => {
        asked++;
        if (backlog === undefined) throw new UnavailableError('away');
        return backlog;
      },
    });
    const first = await shown(metrics);
    expect(first).toMatchObject({
      working: 1,
      in_flight_messages: 5,
      waiting_messages: 3,
      parked_messages: 2,
    });
    expect(Math.floor((first['lag_seconds'] as number) / 10)).toBe(9);
    expect(asked).toBe(1);
    expect(await linesOf(metrics, 'taskledger_lease_')).toEqual([
      'taskledger_lease_held{lease="ingest"} 1',
      'taskledger_lease_epoch{lease="ingest"} 17',
    ]);
    backlog = { waiting: 0, oldestAtMs: undefined, parked: 2 };
    expect(await shown(metrics)).toMatchObject({ waiting_messages: 0, lag_seconds: 0, parked_messages: 2 });
    backlog = undefined;
    expect(await shown(metrics)).toEqual({ working: 1, in_flight_messages: 5 });
  });
});

describe('what a feed shows', () => {
  it('is nothing while it stands by, and else how far it has come', async () => {
    const metrics = new Metrics();
    let position: string | undefined;
    let works = false;
    metrics.watchFeed(() =>
      works ? { position, lagMs: 1_500, caughtUp: true, parkedStreams: 4 } : undefined,
    );
    expect(await linesOf(metrics, 'taskledger_feed_')).toEqual([]);
    works = true;
    expect(await linesOf(metrics, 'taskledger_feed_position')).toEqual([]);
    position = '00000000000000001234-00000000000000001234';
    expect(await linesOf(metrics, 'taskledger_feed_')).toEqual([
      'taskledger_feed_lag_seconds 1.5',
      'taskledger_feed_position 1234',
      'taskledger_feed_unreadable_events 4',
    ]);
    position = '0000000000000042';
    expect(await linesOf(metrics, 'taskledger_feed_position')).toEqual(['taskledger_feed_position 42']);
  });
});

describe('what leases show', () => {
  it('is which of them this process stands for, holds and has lost', async () => {
    const metrics = new Metrics();
    const loss = new AbortController();
    let give: (() => void) | undefined;
    const leases = metrics.leases.watched({
      acquire: async () => {
        await new Promise<void>((resolve) => (give = resolve));
        return { epoch: 9, lost: loss.signal, release: async () => undefined };
      },
    });
    const shown = (): Promise<string[]> => linesOf(metrics, 'taskledger_lease_');
    const standsBy = ['taskledger_lease_held{lease="feed"} 0'];
    const acquire = async (): Promise<{ release(): Promise<void> } | undefined> => {
      const acquired = leases.acquire('feed', new AbortController().signal);
      expect(await shown()).toEqual(standsBy);
      give?.();
      const lease = await acquired;
      expect(await shown()).toEqual([
        'taskledger_lease_held{lease="feed"} 1',
        'taskledger_lease_epoch{lease="feed"} 9',
      ]);
      return lease;
    };
    await (await acquire())?.release();
    expect(await shown()).toEqual(standsBy);
    await acquire();
    loss.abort();
    expect(await shown()).toEqual(standsBy);
  });
});

describe('what the tasks show', () => {
  const stats = {
    position: '1',
    byStatus: { pending: 1, running: 2, completed: 3, failed: 4, cancelled: 5 },
    silent: 0,
    byType: new Map(),
  };

  it('is how many there are of each status, and how old the oldest is that runs', async () => {
    const metrics = new Metrics();
    let away = false;
    let items = [JSON.stringify({ created_at: new Date(Date.now() - 61_000).toISOString().slice(0, 19) })];
    watchTasks(
      metrics,
      {
        list: async () => {
          if (away) throw new UnavailableError('away');
          return { items };
        },
      },
      {
        stats: async () => {
          if (away) throw new UnavailableError('away');
          return stats;
        },
      },
    );
    expect(await linesOf(metrics, 'taskledger_tasks')).toEqual([
      'taskledger_tasks{status="pending"} 1',
      'taskledger_tasks{status="running"} 2',
      'taskledger_tasks{status="completed"} 3',
      'taskledger_tasks{status="failed"} 4',
      'taskledger_tasks{status="cancelled"} 5',
    ]);
    const age = async (): Promise<string[]> => linesOf(metrics, 'taskledger_oldest_running_task_age_seconds');
    expect((await age())[0]).toMatch(/ 6[12](\.\d+)?$/);
    items = [];
    expect(await age()).toEqual(['taskledger_oldest_running_task_age_seconds 0']);
    away = true;
    expect([...(await age()), ...(await linesOf(metrics, 'taskledger_tasks'))]).toEqual([]);
  });
});
