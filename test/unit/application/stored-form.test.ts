import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { openEvent, stateAfter } from '../../../shared/core/application/stored-event.js';
import { extensionsOf, openMetadata } from '../../../shared/core/application/stored-metadata.js';
import { verifyChain } from '../../../shared/core/application/chain-verifier.js';
import { BULK_CANCEL_EVENT_TYPES } from '../../../shared/core/domain/bulk-cancel.js';
import { TASK_EVENT_TYPES, UnknownEventTypeError } from '../../../shared/core/domain/events.js';
import { evolve } from '../../../shared/core/domain/evolve.js';
import type { JsonObject } from '../../../shared/core/domain/json.js';
import type { Task } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { BulkCancelSide } from '../../support/bulk-cancel-side.js';
import { erase, writeStory } from '../../support/stored-form-story.js';

/** Events as they were written once: what is in somebody's ledger has to be readable for good. */
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/stored-events.json', import.meta.url), 'utf8'),
) as RecordedEvent[];

const crypto = new NodeCrypto();

function stream(name: string): RecordedEvent[] {
  return structuredClone(golden.filter((event) => event.stream === name));
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

  it('is shown in every type of event', () => {
    const own = [
      ...['TaskEventRefused', 'TaskEvidenceCounted', 'TaskKeyReserved', 'TaskIdsReserved'],
      ...['TaskTypeNamed', 'ProjectNamed', 'TaskCancelAcknowledged'],
    ];
    const all = [...TASK_EVENT_TYPES, ...BULK_CANCEL_EVENT_TYPES, ...own, 'BulkCancelEnlisted'];
    expect([...new Set(golden.map(({ type }) => type))].sort()).toEqual(all.sort());
  });

  it('is what its description shows, whose commands give what they say', () => {
    const page = readFileSync(new URL('../../../docs/stored-form.md', import.meta.url), 'utf8');
    const [, , event] = stream('task-1') as [RecordedEvent, RecordedEvent, RecordedEvent];
    const shown = /```json\n([^]+?)```/.exec(page)?.[1] ?? '';
    const { type, data, metadata } = event;
    expect(JSON.parse(shown)).toEqual({ type, data, metadata });
    const commands = [...page.matchAll(/^printf '%s' '(.+)' \| sha256\n# (.+)$/gm)];
    expect(commands.map(([, text = '']) => crypto.sha256(text))).toEqual(commands.map(([, , hash]) => hash));
    expect(commands.at(-1)?.[2]).toBe(metadata.hash);
    expect(page).toContain(`that is the id, \`${event.id}\``);
  });

  it('has chains that verify, in every stream', async () => {
    for (const name of new Set(golden.map((event) => event.stream))) {
      expect(await verifyChain(stream(name), crypto)).toBeUndefined();
    }
  });

  it('leaves out what equals its default, and does not store the hash of the event before', () => {
    const [created, started] = stream('task-1') as [RecordedEvent, RecordedEvent];
    expect(Object.keys(created.data.after as JsonObject)).toEqual([
      'key',
      'project_id',
      'task_type',
      'total',
    ]);
    expect(Object.keys(created.data)).toEqual(['after', 'params']);
    expect(Object.keys(started.data.after as JsonObject)).toEqual([
      'created_at',
      'key',
      'project_id',
      'task_type',
      'total',
    ]);
    expect(Object.keys(started.metadata)).toEqual([
      'ce_traceparent',
      'event_id',
      'recorded_at',
      'source',
      'hash',
    ]);
  });

  it.each([
    ['a value', ([event]) => ((event?.data.params as JsonObject).value = { query: 'other' })],
    ['a salt', ([event]) => ((event?.data.params as JsonObject).salt = 'A'.repeat(22))],
    ['what is beside a value', ([event]) => ((event?.data.params as JsonObject).hash = 'A'.repeat(43))],
    ['a sealed value for a plain one', ([event]) => ((event as RecordedEvent).data.params = 'A'.repeat(43))],
    ['the state after it', ([event]) => ((event?.data.after as JsonObject).project_id = 2)],
    ['metadata', ([event]) => ((event as RecordedEvent).metadata.principal = 'eve')],
    ['the type', ([event]) => ((event as RecordedEvent).type = 'TaskStarted')],
    ['the id', ([event]) => ((event as RecordedEvent).id = '00000000-0000-8000-8000-000000000000')],
    ['the hash', ([event]) => ((event as RecordedEvent).metadata.hash = 'A'.repeat(43))],
    ['the revision', ([event]) => ((event as RecordedEvent).revision = 1)],
    ['the stream', (events) => events.forEach((event) => (event.stream = 'task-11'))],
    ['the order', (events) => events.reverse().forEach((event, at) => (event.revision = at))],
    ['the beginning', (events) => events.shift()],
    ['the middle', (events) => events.splice(1, 1)],
    ['what can be read', ([event]) => ((event as RecordedEvent).damage = 'The checksum is wrong')],
    ['the version', ([event]) => ((event as RecordedEvent).metadata.schema_version = '3')],
  ] satisfies [string, (events: RecordedEvent[]) => unknown][])(
    'does not verify when %s was changed',
    async (_, change) => {
      const events = stream('task-1');
      change(events);
      expect(await verifyChain(events, crypto)).toMatch(/^task-11?@\d: /);
    },
  );

  it('does not verify when an event was taken out and the others were moved up', async () => {
    const events = stream('task-1');
    events.splice(1, 1);
    events.forEach((event, at) => (event.revision = at));
    expect(await verifyChain(events, crypto)).toMatch(/^task-1@1: the hash is not that of the event/);
  });

  it('verifies still when values and salts were erased, and the state can be told without them', async () => {
    for (const name of ['task-1', 'task-2', 'task-3']) {
      const events = stream(name);
      const before = events.map((event) => openEvent(event).after);
      for (const event of events) erase(event, { crypto });
      expect(await verifyChain(events, crypto)).toBeUndefined();
      expect(events.map((event) => openEvent(event).after)).toEqual(before);
    }
    const [erased] = stream('task-4');
    expect(openEvent(erased as RecordedEvent).facts).toMatchObject({ params: undefined });
  });

  it('is read back to the state that each event carries', () => {
    const tasks = new Map<string, Task>();
    for (const recorded of taskEvents()) {
      const event = openEvent(recorded);
      const task = evolve(tasks.get(recorded.stream), event);
      expect(event.after).toEqual(task.snapshot);
      expect(stateAfter(recorded)).toEqual(task.snapshot);
      tasks.set(recorded.stream, task);
    }
    const statuses = [...tasks.values()].map(({ snapshot }) => snapshot.status);
    expect(statuses).toEqual(['cancelled', 'failed', 'cancelled', 'completed', 'failed', 'failed']);
  });

  it('is read back to what was sent, no more and no less', () => {
    const facts = (name: string): JsonObject[] =>
      stream(name).map((event) => openEvent(event).facts as JsonObject);
    const params = { query: 'Größe', limit: 10, '\u{1F600}': 1, '\uFB33': 2 };
    expect(facts('task-1')).toEqual([
      { key: 'papers/2025-03-12', project_id: 1, task_type: 'search', params, total: 100 },
      { total: 10 },
      { progress: 4, message: 'page 4' },
      { reason: 'wrong query' },
    ]);
    expect(facts('task-2')).toEqual([
      { project_id: 1, task_type: 'search', params: {}, total: 0 },
      { error_message: 'no such host' },
    ]);
    expect(facts('task-4')).toEqual([
      { key: 'papers/2025-03-14', project_id: 1, task_type: 'search', params: undefined },
      { progress: 0, total: 0, attempt: 1 },
      { attempt: 2 },
      { progress: 3, message: undefined },
      { attempt: 2, result: undefined },
    ]);
  });

  it('is read back to the extensions that were sent, and to who led to what', () => {
    const opened = golden.map(({ metadata }) => openMetadata(metadata));
    const of = (id: string) => opened.find(({ event_id }) => event_id === id) as Record<string, string>;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(extensionsOf(of('e-3'))).toEqual({ traceparent });
    expect(of('e-3')).toMatchObject({ $correlationId: 'e-3', $causationId: 'e-3', principal: 'anonymous' });
    expect(extensionsOf(of('e-4'))).toEqual({ traceparent, correlationid: 'run-7' });
    expect(of('e-4')).toMatchObject({ $correlationId: 'run-7', $causationId: 'e-4' });
    expect(extensionsOf(of('e-5'))).toEqual({ traceparent, causationid: 'e-5' });
    const bulk = of('bulkCancel-00000000-0000-4000-8000-000000000001/3');
    expect(extensionsOf(bulk)).toEqual({});
    expect(bulk).toMatchObject({ $correlationId: '00000000-0000-4000-8000-000000000001' });
    expect(of('c-1')).toMatchObject({ $correlationId: 'c-1', principal: 'ana' });
  });

  it('of a bulk cancel is read back to what it has done', async () => {
    const bulk = await new BulkCancelSide(await writeStory()).load();
    expect(bulk).toMatchObject({
      started: { principal: 'anonymous' },
      createdAt: '2025-03-12T10:00:03.250Z',
      finishedAt: '2025-03-12T10:00:03.250Z',
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
    const of = (schema_version: string) => ({ ...event, metadata: { ...event.metadata, schema_version } });
    expect(() => openEvent(of('3'))).toThrow(/schema version 3; this program reads 2/);
    expect(() => openEvent(of('1'))).toThrow(/version 1, the form before the first release; this program/);
    expect(() => openEvent({ ...event, damage: 'Its checksum is wrong' })).toThrow(/^task-1@0: Its checksum/);
  });

  it.each([
    ['an unknown status', { status: 'paused' }],
    ['a time of another form', { created_at: 'yesterday' }],
    ['a project that is no int', { project_id: '1' }],
    ['no project', { project_id: undefined }],
    ['a progress that is no int', { progress: 0.5 }],
  ])('is an error that names the event when the state after it has %s', (_, wrong) => {
    const [event] = taskEvents() as [RecordedEvent];
    const after = { ...(event.data.after as JsonObject), ...wrong };
    expect(() => openEvent({ ...event, data: { ...event.data, after } })).toThrow(/^task-1@0 /);
  });

  it.each([
    ['no state after it', { data: {} }],
    ['no time', { metadata: {} }],
    ['no task', { stream: 'task-x' }],
  ])('is an error that names the event when there is %s', (_, wrong) => {
    const [event] = taskEvents() as [RecordedEvent];
    expect(() => openEvent({ ...event, ...wrong })).toThrow(/^task-\w@0 does not hold the state/);
  });
});
