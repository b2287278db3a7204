import { beforeEach, describe, expect, it } from '@jest/globals';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { verifyLedger } from '../../../shared/core/application/verify-ledger.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { CommandSide } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

const crypto = new NodeCrypto();
let store: MemoryEventStore;

beforeEach(async () => {
  store = new MemoryEventStore();
  const side = new CommandSide(store);
  for (const task of ['a/1', 'a/2', 'a/3']) {
    const event = { specversion: '1.0', source: '/test', subject: task };
    await side.ingest(
      { ...event, id: `${task}-1`, type: 'task.created', data: { project_id: 1, task_type: 'ocr' } },
      { ...event, id: `${task}-2`, type: 'task.started' },
      { ...event, id: `${task}-3`, type: 'task.progressed', data: { progress: 1 } },
    );
  }
});

async function verify(part: { afterPosition?: string; upToPosition?: string } = {}) {
  const faults: string[] = [];
  const events = await verifyLedger({ store, crypto, ...part, onFault: (fault) => faults.push(fault) });
  return { events, faults };
}

/** Changes an event where it stands. */
function forge(stream: string, revision: number, change: (event: RecordedEvent) => void): void {
  for (const event of store.events) if (event.stream === stream && event.revision === revision) change(event);
}

describe('verifying a ledger', () => {
  it('finds nothing in one that is as it was written', async () => {
    expect(await verify()).toEqual({ events: store.events.length, faults: [] });
  });

  it('verifies parts of it as well, each event in one of them', async () => {
    const positions = store.events.map(({ position }) => position);
    for (const cut of positions) {
      const [first, second] = [await verify({ upToPosition: cut }), await verify({ afterPosition: cut })];
      expect([...first.faults, ...second.faults]).toEqual([]);
      expect(first.events + second.events).toBe(positions.length);
    }
  });

  it('tells each event that was changed, and goes on behind it', async () => {
    forge('task-1', 1, (event) => (event.metadata.source = '/forged'));
    forge('task-2', 2, (event) => (event.data = { progress: 2, after: {} }));
    forge('task-3', 0, (event) => (event.damage = 'its bytes are not those that were written'));
    const { events, faults } = await verify();
    expect(events).toBe(store.events.length);
    expect(faults).toEqual([
      'task-1@1: the hash is not that of the event',
      'task-2@2: the hash is not that of the event',
      'task-3@0: its bytes are not those that were written',
    ]);
  });

  it('tells an event that is gone', async () => {
    const at = store.events.findIndex(({ stream, revision }) => stream === 'task-2' && revision === 1);
    store.events.splice(at, 1);
    const { faults } = await verify();
    expect(faults).toEqual([expect.stringContaining('task-2@2: an event before it is missing')]);
  });

  it('leaves other programs alone', async () => {
    const event = { id: 'an-id', type: 'Theirs', data: '{}', metadata: '{}' };
    await store.append([{ stream: 'books-1', expectedRevision: 'no_stream', events: [event] }]);
    expect((await verify()).faults).toEqual([]);
  });
});
