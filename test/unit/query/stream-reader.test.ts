import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BEFORE_ALL, ChangeRing } from '../../../services/query/streams/change-ring.js';
import { LedgerPages } from '../../../services/query/streams/ledger-pages.js';
import { StreamChange } from '../../../services/query/streams/stream-change.js';
import type { StreamInclude } from '../../../shared/core/contracts/task-fields.js';
import { StreamReader } from '../../../services/query/streams/stream-reader.js';
import { PART_CHARACTERS_MAX, StreamView } from '../../../services/query/streams/stream-view.js';
import { TASK_STATUSES, type TaskStatus } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { matchesFilter, type TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { silentLogger } from '../../support/command-side.js';
import { FakeLedger } from '../../support/fake-ledger.js';

/** The longest event of these tests. */
const EVENT_BYTES_MAX = 300;

const KEY = 'k'.repeat(500);

/** A connection that takes what fits into it, and then nothing until it is told to. */
class FakeConnection extends EventEmitter {
  text = '';
  destroyed = false;
  ended = false;
  private waiting = 0;

  constructor(private readonly bytesMax: number) {
    super();
  }

  writeHead(): void {
    this.text = '';
  }

  get writableLength(): number {
    return this.waiting;
  }

  write(content: string | Buffer): boolean {
    if (this.destroyed || this.ended) throw new Error('Written to a connection that has ended');
    this.text += content.toString();
    this.waiting += content.length;
    return this.waiting < this.bytesMax;
  }

  /** The client reads all that waits for it. */
  drain(): void {
    const wasFull = this.waiting >= this.bytesMax;
    this.waiting = 0;
    if (wasFull) this.emit('drain');
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  /** What the client makes of what it got: events, or positions alone. */
  told(): { type: string | undefined; position: string; item: { id: number; status: TaskStatus } }[] {
    const blocks = this.text.split('\n\n').filter((block) => block.startsWith('event: '));
    return blocks.map((block) => {
      const [, type, position = '', json = ''] = /^event: (\w+)\nid: (\d+)\ndata: (.*)$/.exec(block) ?? [];
      return { type, position, item: JSON.parse(json) as { id: number; status: TaskStatus } };
    });
  }
}

/** A ledger of task events, the ring at its end, and readers. */
class Streams {
  readonly ledger = new FakeLedger();
  readonly states = new Map<number, RecordedEvent>();
  readonly ring: ChangeRing;
  readonly readers = new Set<StreamReader>();
  private readonly pages = new LedgerPages(this.ledger, silentLogger);

  constructor(changesMax = 1_000) {
    this.ring = new ChangeRing({ changesMax, charactersMax: Infinity }, BEFORE_ALL);
  }

  /** The next event of a task: its creation first, then the state that is given. */
  add(taskId: number, status: TaskStatus, progress = 0, key: string | null = null): void {
    const before = this.states.get(taskId);
    const after = {
      namespace: 'default',
      task_id: taskId,
      project_id: taskId % 2,
      task_type: 'search',
      key,
      status: before === undefined ? 'pending' : status,
      attempt: before === undefined ? 0 : 1,
      progress,
      total: 0,
      created_at: '2025-03-12T10:00:00.000Z',
      started_at: null,
      completed_at: null,
    };
    const event = {
      ...this.ledger.add(`task-${taskId}`, before === undefined ? 'TaskCreated' : 'TaskProgressed'),
      data: { after },
      metadata: { recorded_at: '2025-03-12T10:00:00.000Z' },
    };
    this.ledger.events[this.ledger.events.length - 1] = event;
    this.states.set(taskId, event);
    this.ring.add([StreamChange.of(event)], event.position);
    for (const reader of this.readers) reader.wake();
  }

  /** How far the ring has come. */
  end(): { position: string; id: string } {
    const { position } = this.ring;
    return { position, id: position };
  }

  read(
    connection: FakeConnection,
    filter: TaskFilter,
    position: string,
    include: StreamInclude[] = [],
  ): StreamReader {
    const { ring, pages } = this;
    const view = new StreamView({ tasks: filter, include });
    const response = connection as unknown as ServerResponse;
    const reader = new StreamReader({
      ...{ response, view, ring, pages, position, id: position },
      logger: silentLogger,
      stalledBeatsMax: 2,
    });
    this.readers.add(reader);
    return reader;
  }
}

/** What is true of a task in the end decides how it may go on. */
function isOpen(streams: Streams, taskId: number): boolean {
  const event = streams.states.get(taskId);
  if (event === undefined) return true;
  return ['pending', 'running'].includes(StreamChange.of(event).after.status);
}

describe('a reader of an event stream', () => {
  it('holds no more than a part while it takes nothing, and is then told the newest state of each task', () => {
    const streams = new Streams(100_000);
    const connection = new FakeConnection(16_384);
    const reader = streams.read(connection, {}, BEFORE_ALL);
    for (let taskId = 1; taskId <= 10; taskId++) streams.add(taskId, 'pending');
    for (let progress = 1; progress <= 5_000; progress++) {
      streams.add(1 + (progress % 10), 'running', progress);
    }
    expect(reader.waitingBytes).toBeLessThan(16_384 + EVENT_BYTES_MAX);
    const before = connection.told().length;
    connection.drain();
    const after = connection.told().slice(before);
    expect(after.map(({ item }) => item)).toEqual(
      Array.from({ length: 10 }, (_, index) =>
        expect.objectContaining({ id: 1 + ((4_991 + index) % 10), progress: 4_991 + index }),
      ),
    );
    // Now that it has caught up it is told of each change again.
    streams.add(1, 'running', 6_000);
    streams.add(1, 'running', 6_001);
    expect(connection.told().slice(-2)).toMatchObject([
      { item: { progress: 6_000 } },
      { item: { progress: 6_001 } },
    ]);
  });

  it('is given no more than a part at once, however much there is', () => {
    const streams = new Streams(100_000);
    for (let taskId = 1; taskId <= 5_000; taskId++) streams.add(taskId, 'pending');
    const connection = new FakeConnection(1);
    const reader = streams.read(connection, {}, BEFORE_ALL);
    // At first the opening waits.
    connection.drain();
    for (let drains = 0; connection.told().length < 5_000; drains++) {
      expect(drains).toBeLessThan(100);
      expect(reader.waitingBytes).toBeLessThan(PART_CHARACTERS_MAX + EVENT_BYTES_MAX);
      connection.drain();
    }
  });

  it('gets out of the ledger what the ring gave up before it was told', async () => {
    const streams = new Streams(1_000);
    for (let taskId = 1; taskId <= 1_000; taskId++) streams.add(taskId, 'pending');
    const connection = new FakeConnection(1);
    streams.read(connection, {}, BEFORE_ALL);
    connection.drain();
    const told = connection.told().length;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(1_000);
    for (let taskId = 1_001; taskId <= 3_000; taskId++) streams.add(taskId, 'pending');
    while (connection.told().length < 3_000) {
      connection.drain();
      await nextTurn();
    }
    const ids = connection.told().map(({ item }) => item.id);
    expect(ids).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
  });

  it('holds no more than a part of what it gets out of the ledger, and gets all of it', async () => {
    const streams = new Streams(1);
    for (let taskId = 1; taskId <= 2_000; taskId++) streams.add(taskId, 'pending', 0, `${taskId}/${KEY}`);
    const connection = new FakeConnection(1);
    const reader = streams.read(connection, {}, BEFORE_ALL, ['key']);
    while (connection.told().length < 2_000) {
      connection.drain();
      await nextTurn();
      expect(reader.waitingBytes).toBeLessThan(PART_CHARACTERS_MAX + 2 * KEY.length);
    }
    const ids = connection.told().map(({ item }) => item.id);
    expect(ids).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  });

  it('is given up when it takes nothing for too long', () => {
    const streams = new Streams();
    const connection = new FakeConnection(100);
    const reader = streams.read(connection, {}, BEFORE_ALL);
    streams.add(1, 'pending');
    reader.heartbeat(streams.end());
    reader.heartbeat(streams.end());
    connection.drain();
    // It did take something.
    streams.add(2, 'pending');
    reader.heartbeat(streams.end());
    reader.heartbeat(streams.end());
    expect(connection.destroyed).toBe(false);
    reader.heartbeat(streams.end());
    expect(connection.destroyed).toBe(true);
    expect(reader.signal.aborted).toBe(true);
    streams.add(3, 'pending');
  });

  it('ends at once, with what waits when there is no room for it', () => {
    const streams = new Streams();
    const [roomy, full] = [new FakeConnection(1_000), new FakeConnection(1)];
    const readers = [roomy, full].map((connection) => streams.read(connection, {}, BEFORE_ALL));
    for (const reader of readers) reader.end();
    expect([roomy.ended, roomy.destroyed, full.ended, full.destroyed]).toEqual([true, false, false, true]);
  });

  it('ends with the same state as the list, however slow it is, wherever it is cut off, and whatever it filters', async () => {
    const step = fc.oneof(
      { weight: 10, arbitrary: fc.tuple(fc.constant('add'), fc.nat(5), fc.constantFrom(...TASK_STATUSES)) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('drain'), fc.constant(0), fc.constant('pending')) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('cut'), fc.nat(1_000), fc.constant('pending')) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 200 }),
        fc.subarray([...TASK_STATUSES], { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 2_000 }),
        async (steps, statuses, changesMax, bytesMax) => {
          const streams = new Streams(changesMax);
          const filter = { statuses };
          const seen = new Map<number, object>();
          let position = BEFORE_ALL;
          let connection = new FakeConnection(bytesMax);
          let reader = streams.read(connection, filter, position);
          /** Cuts the connection when the client has got some of what was sent. */
          const cut = (share: number): void => {
            for (const event of connection.told().slice(0, share)) {
              expect(event.position > position).toBe(true);
              position = event.position;
              if (event.type === 'task') seen.set(event.item.id, event.item);
              else seen.delete(event.item.id);
            }
            streams.readers.delete(reader);
            connection.destroyed = true;
            connection.emit('close');
          };
          const add = (taskId: number, status: TaskStatus): void => {
            const next = status === 'pending' ? 'running' : status;
            if (isOpen(streams, taskId)) streams.add(taskId, next, streams.ledger.events.length);
          };
          for (const [what, number, status] of steps) {
            if (what === 'add') add(number + 1, status);
            else if (what === 'drain') connection.drain();
            else {
              await nextTurn();
              cut(Math.floor((number / 1_000) * connection.told().length));
              connection = new FakeConnection(bytesMax);
              reader = streams.read(connection, filter, position);
            }
          }
          // The last task is one that every reader hears of.
          add(99, 'pending');
          add(99, statuses[0] as TaskStatus);
          if (statuses[0] === 'pending') add(100, 'pending');
          const last = statuses[0] === 'pending' ? 100 : 99;
          while (connection.told().at(-1)?.item.id !== last) {
            connection.drain();
            await nextTurn();
          }
          cut(Infinity);
          const expected = [...streams.states.values()]
            .map((event) => StreamChange.of(event))
            .filter(({ after }) => matchesFilter(filter, after))
            .map((change) => JSON.parse(change.itemJson([])) as { id: number });
          expect([...seen.values()].sort(byId)).toEqual(expected.sort(byId));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function byId(one: object, other: object): number {
  return (one as { id: number }).id - (other as { id: number }).id;
}
