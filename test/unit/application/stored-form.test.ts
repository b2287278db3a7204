import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { openEvent } from '../../../shared/application/stored-event.js';
import { verifyChain } from '../../../shared/application/verify-chain.js';
import type { JsonObject } from '../../../shared/domain/json.js';
import { evolve } from '../../../shared/domain/evolve.js';
import { UnknownEventTypeError } from '../../../shared/domain/events.js';
import type { Task } from '../../../shared/domain/task.js';
import type { RecordedEvent } from '../../../shared/ports/event-store.js';
import { BulkCancelSide } from '../../support/bulk-cancel-side.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

/** Events as they were written once: what is in somebody's ledger has to be readable for good. */
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/stored-events.json', import.meta.url), 'utf8'),
) as RecordedEvent[];

/** The same commands that the fixture was made from, with random values that can be told beforehand. */
async function writeStory(): Promise<MemoryEventStore> {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  let salts = 0;
  // Salts are counted; the shorter nonce of an id block is 0.
  side.crypto.randomHex = (bytes) => (bytes === 16 ? ++salts : 0).toString(16).padStart(bytes * 2, '0');
  const said = {
    source: '/pipelines/papers',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  await side.ingest(
    created(
      'papers/2025-03-12',
      { ...said, id: 'e-1', time: '2025-03-12T09:59:59.250Z' },
      { params: { query: 'Größe', limit: 1e21 / 1e20 } },
    ),
    created(undefined, { ...said, id: 'e-2' }),
  );
  side.nowMs += 1500;
  await side.ingest(
    lifecycleEvent('started', 'papers/2025-03-12', { total: 10 }, { ...said, id: 'e-3' }),
    lifecycleEvent(
      'progressed',
      1,
      { progress: 4, message: 'page 4' },
      { ...said, id: 'e-4', correlationid: 'run-7' },
    ),
    lifecycleEvent('failed', 2, { error_message: 'no such host' }, { ...said, id: 'e-5' }),
    lifecycleEvent('completed', 2, { result: { found: 0 } }, { ...said, id: 'e-6' }),
  );
  await side.cancel({ task_id: 1, reason: 'wrong query', actor: 'ana', command_id: 'c-1' });
  side.nowMs += 1500;
  await side.ingest(created('papers/2025-03-13', { ...said, id: 'e-7' }));
  const bulk = new BulkCancelSide(store, side);
  const previewed = { filter: { key_prefix: 'papers/' }, position: '0000000000000012' };
  await bulk.preview([3, 2], { ...previewed, reason: 'wrong input', actor: 'ana' });
  await bulk.start({ actor: 'ben' });
  await bulk.finish();
  return store;
}

function taskEvents(): RecordedEvent[] {
  return golden.filter(({ stream }) => stream.startsWith('task-'));
}

describe('the stored form', () => {
  it('is what the same commands give today, byte for byte', async () => {
    const { events } = await writeStory();
    const byStream = (list: RecordedEvent[]): string[] =>
      list
        .map(({ position: _, ...event }) => JSON.stringify(event))
        .sort((left, right) => (left < right ? -1 : 1));
    expect(byStream(events)).toEqual(byStream(golden));
  });

  it('has chains that verify, in every stream', async () => {
    for (const stream of new Set(golden.map((event) => event.stream))) {
      const events = golden.filter((event) => event.stream === stream);
      expect(await verifyChain(events, new CommandSide(new MemoryEventStore()).crypto)).toBeUndefined();
    }
  });

  it.each([
    ['a value', (event: RecordedEvent) => ((event.data.params as JsonObject).value = { query: 'other' })],
    ['the state after it', (event: RecordedEvent) => ((event.data.after as JsonObject).project_id = 2)],
    ['metadata', (event: RecordedEvent) => (event.metadata.principal = 'eve')],
    ['the type', (event: RecordedEvent) => (event.type = 'TaskStarted')],
    ['the id', (event: RecordedEvent) => (event.id = '00000000-0000-8000-8000-000000000000')],
    ['the link', (event: RecordedEvent) => (event.metadata.prev = '1'.repeat(64))],
    ['the revision', (event: RecordedEvent) => (event.revision = 1)],
  ])('does not verify when %s was changed', async (_, change) => {
    const { crypto } = new CommandSide(new MemoryEventStore());
    const events = structuredClone(golden.filter(({ stream }) => stream === 'task-1'));
    change(events[0] as RecordedEvent);
    expect(await verifyChain(events, crypto)).toMatch(/^task-1@/);
  });

  it('verifies still when values and salts were erased, and the state can be told without them', async () => {
    const { crypto } = new CommandSide(new MemoryEventStore());
    const erased = structuredClone(taskEvents());
    for (const { data } of erased) {
      for (const member of ['params', 'result', 'error_message', 'message', 'reason']) {
        const sealed = data[member] as JsonObject | undefined;
        if (sealed !== undefined) data[member] = { hash: sealed.hash };
      }
    }
    for (const stream of ['task-1', 'task-2']) {
      expect(
        await verifyChain(
          erased.filter((event) => event.stream === stream),
          crypto,
        ),
      ).toBeUndefined();
    }
    expect(openEvent(erased[0] as RecordedEvent).facts).toMatchObject({ params: undefined });
  });

  it('is read back to the state that each event carries', () => {
    const tasks = new Map<string, Task>();
    for (const recorded of taskEvents()) {
      const event = openEvent(recorded);
      const task = evolve(tasks.get(recorded.stream), event);
      expect(task.snapshot).toEqual(event.after);
      tasks.set(recorded.stream, task);
    }
    expect([...tasks.values()].map(({ snapshot }) => snapshot.status)).toEqual([
      'cancelled',
      'failed',
      'cancelled',
    ]);
  });

  it('of a bulk cancel is read back to what it has done', async () => {
    const bulk = await new BulkCancelSide(await writeStory()).load();
    expect(bulk).toMatchObject({
      started: { principal: 'ben' },
      createdAt: '2025-03-12T10:00:03.000Z',
      finishedAt: '2025-03-12T10:00:03.000Z',
      state: {
        status: 'finished',
        preview: { task_ids: [3, 2], reason: 'wrong input', position: '0000000000000012' },
        cancelled: 1,
        refused: [{ task_id: 2, code: 'already_failed' }],
      },
    });
  });

  it('is not guessed at: an unknown type or schema version is an error that says so', () => {
    const [event] = taskEvents() as [RecordedEvent];
    expect(() => openEvent({ ...event, type: 'TaskPaused' })).toThrow(UnknownEventTypeError);
    const newer = { ...event, metadata: { ...event.metadata, schema_version: '2' } };
    expect(() => openEvent(newer)).toThrow(/schema version 2; this program reads 1/);
  });

  it.each([
    ['an unknown status', { status: 'paused' }],
    ['a time of another form', { created_at: 'yesterday' }],
    ['a project that is no int', { project_id: '1' }],
    ['another task', { task_id: 2 }],
  ])('is an error that names the event when the state after it has %s', (_, wrong) => {
    const [event] = taskEvents() as [RecordedEvent];
    const after = { ...(event.data.after as JsonObject), ...wrong };
    expect(() => openEvent({ ...event, data: { ...event.data, after } })).toThrow(/^task-1@0 /);
  });
});
