import { describe, expect, it } from '@jest/globals';
import { feedMessage, unreadableMessage } from '../../../projections/feed/feed-message.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

describe('a message of the feed', () => {
  it('has what was sent and what is left out of the stored event', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    await side.ingest(
      created('job/1', { id: 'e-1' }),
      lifecycleEvent(
        'progressed',
        'job/1',
        { progress: 7 },
        { id: 'e-2', correlationid: 'run-7', trace: 't' },
      ),
    );
    const [first, second] = store.stream('task-1') as [RecordedEvent, RecordedEvent];
    expect(JSON.parse(feedMessage(first).body)).toMatchObject({
      correlationid: 'e-1',
      causationid: 'e-1',
      data: { key: 'job/1', project_id: 1, task_type: 'search', params: {}, total: 100 },
    });
    expect(JSON.parse(feedMessage(second).body)).toEqual({
      specversion: '1.0',
      id: second.id,
      source: 'taskledger:ledger',
      type: 'task.progressed',
      subject: '1',
      time: '2025-03-12T10:00:00.000Z',
      datacontenttype: 'application/json',
      sequence: second.position,
      revision: 1,
      recordedat: '2025-03-12T10:00:00.000Z',
      publisher: '/test/pipeline',
      publisherid: 'e-2',
      correlationid: 'run-7',
      causationid: 'e-2',
      principal: 'anonymous',
      authenticatedby: 'none',
      trace: 't',
      data: {
        progress: 7,
        after: {
          attempt: 1,
          completed_at: null,
          created_at: '2025-03-12T10:00:00.000Z',
          key: 'job/1',
          namespace: 'default',
          progress: 7,
          project_id: 1,
          started_at: '2025-03-12T10:00:00.000Z',
          status: 'running',
          task_id: 1,
          task_type: 'search',
          total: 100,
          was: 'new',
        },
      },
    });
  });

  it('of a cancel says who wanted it, and why', async () => {
    const store = new MemoryEventStore();
    const side = new CommandSide(store);
    await side.ingest(created('job/1'));
    await side.cancel({ task_id: 1, reason: 'wrong seed list', actor: 'ana', command_id: 'c-1' });
    const { subject, body } = feedMessage(store.stream('task-1')[1] as RecordedEvent);
    expect(subject).toBe('tasks.events.1.1.cancelled');
    expect(JSON.parse(body)).toMatchObject({
      publisher: 'taskledger:cancel',
      publisherid: 'c-1',
      principal: 'ana',
      data: { reason: 'wrong seed list' },
    });
  });

  it('of a damaged event has an id of its own', () => {
    const place = { stream: 'task-7', revision: 2, position: '0000000000000009' };
    const damaged = { id: '', type: '', data: {}, metadata: {}, damage: 'its bytes are others', ...place };
    expect(() => feedMessage(damaged)).toThrow('task-7@2: its bytes are others');
    const { subject, body } = unreadableMessage(damaged, 'its bytes are others');
    expect(subject).toBe('tasks.events.unknown.7.unreadable');
    expect(JSON.parse(body)).toMatchObject({ id: 'task-7@2', data: { reason: 'its bytes are others' } });
  });
});
