import { describe, expect, it } from '@jest/globals';
import type {
  RecordedEvent,
  StreamAppend,
  StreamReadOptions,
} from '../../../shared/core/ports/event-store.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

/** A store in which somebody puts another ledger at a moment that a test chooses. */
class ReplacedStore extends MemoryEventStore {
  /** Called once a read of a stream is through, before who reads goes on. */
  afterRead: (stream: string) => void = () => undefined;

  override async *readStream(stream: string, options?: StreamReadOptions): AsyncGenerator<RecordedEvent> {
    yield* super.readStream(stream, options);
    this.afterRead(stream);
  }
}

const started = (id: string): Record<string, unknown> => lifecycleEvent('started', 'a', {}, { id });

/** What was decided on a ledger that is no longer there. */
describe('a command that is under way when the ledger is replaced', () => {
  /** Has the service learn that another ledger is there, as long as it is told to. */
  function forgetting(side: CommandSide, isNow: (stream: string) => boolean) {
    let times = 0;
    return (stream: string): void => {
      if (times > 0 || !isNow(stream)) return;
      times++;
      side.handler.forget();
    };
  }

  async function taskInStore(): Promise<ReplacedStore> {
    const store = new ReplacedStore();
    await new CommandSide(store).one(created('a'));
    return store;
  }

  it('is not appended when the task was loaded of the one before, and is taken when it is sent again', async () => {
    const store = await taskInStore();
    const side = new CommandSide(store);
    store.afterRead = forgetting(side, (stream) => stream.startsWith('task-'));
    expect(await side.one(started('one'))).toMatchObject({ outcome: 'unavailable', code: 503 });
    expect(store.stream('task-1')).toHaveLength(1);
    expect(await side.one(started('one'))).toMatchObject({ outcome: 'accepted', task_id: 1 });
  });

  it('is not given an id that was reserved in the one before', async () => {
    const store = await taskInStore();
    const before = store.events.length;
    const other = new CommandSide(store);
    store.afterRead = forgetting(other, (stream) => stream.startsWith('taskIds'));
    expect(await other.one(created('c'))).toMatchObject({ outcome: 'unavailable' });
    const written = store.events.slice(before).map(({ stream }) => stream);
    expect(written.filter((stream) => stream.startsWith('task-'))).toEqual([]);
  });

  it('is not refused by what the one before says', async () => {
    const store = await taskInStore();
    await new CommandSide(store).ingest(started('one'), lifecycleEvent('completed', 'a'));
    const side = new CommandSide(store);
    store.afterRead = forgetting(side, (stream) => stream.startsWith('task-'));
    expect(await side.one(lifecycleEvent('failed', 'a', { error_message: 'x' }))).toMatchObject({
      outcome: 'unavailable',
    });
    expect(store.events.filter(({ stream }) => stream.startsWith('taskEvidence'))).toEqual([]);
  });

  it('is not said to be recorded when it went to the one before, nor remembered for the next', async () => {
    const store = await taskInStore();
    const side = new CommandSide(store);
    let hits = 0;
    store.afterAppend = ({ stream }: StreamAppend) => {
      if (stream === 'task-1' && hits++ === 0) side.handler.forget();
    };
    expect(await side.one(started('one'))).toMatchObject({ outcome: 'unavailable' });
    const reads: string[] = [];
    store.afterRead = (stream) => reads.push(stream);
    expect(await side.one(started('one'))).toMatchObject({ outcome: 'duplicate' });
    expect(reads).toContain('task-1');
  });
});
