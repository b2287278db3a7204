import { open, type Database, type RootDatabase } from 'lmdb';
import { ByteSlab } from '../shared/adapters/embedded/event-log/byte-slab.js';
import { storedText } from '../shared/adapters/embedded/event-store/stored-text.js';
import type { NewEvent } from '../shared/ports/event-store.js';

/** How many appenders there are at once, each with one event under way. */
export const APPENDERS = 64;

/** A stream's first event. */
export interface EventOfStream {
  stream: string;
  event: NewEvent;
}

/** Few and old, so that collecting them is no part of what is measured. */
const EXAMPLES = Array.from({ length: 500 }, (_, index) => exampleEvent(index + 1));

/** What is stored for each, with a stream's name of usual length. */
const EXAMPLE_BYTES = EXAMPLES.map((event) => Buffer.from(storedText('task-000000', 0, event)));

/** The first events of that many streams, which no other round has. */
export function firstEvents(count: number, round: number): EventOfStream[] {
  return Array.from({ length: count }, (_, index) => ({
    stream: `task-${round * count + index}`,
    event: EXAMPLES[index % EXAMPLES.length] as NewEvent,
  }));
}

/** An event of about 900 bytes, as the ledger has them. */
function exampleEvent(taskId: number): NewEvent {
  const id = `0198c7f4-6f2e-7000-8000-${String(taskId).padStart(12, '0')}`;
  const time = '2025-03-12T10:00:00.000Z';
  const key = `crawl/2025-03-12/${taskId}`;
  return {
    id,
    type: 'TaskCreated',
    data: JSON.stringify({
      project_id: 1,
      task_type: 'crawl',
      key,
      total: 100,
      params: { salt: 'b1'.repeat(16), value: { query: 'machine learning', sources: ['semantic_scholar'] } },
      after: {
        namespace: 'default',
        task_id: taskId,
        project_id: 1,
        task_type: 'crawl',
        key,
        status: 'pending',
        attempt: 0,
        progress: 0,
        total: 100,
        created_at: time,
        started_at: null,
        completed_at: null,
      },
    }),
    metadata: JSON.stringify({
      source: 'https://pipeline.example/crawler',
      id,
      $correlationId: id,
      principal: 'anonymous',
      authenticated_by: 'none',
      schema: '1',
      occurred_at: time,
      recorded_at: time,
      prev: '0'.repeat(64),
      hash: '5f'.repeat(32),
    }),
  };
}

/** How many events a second get through when each appender takes the next one as soon as its last one is done. */
export async function rateOf<Item>(
  items: readonly Item[],
  take: (item: Item, index: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: APPENDERS }, async () => {
      for (let index = next++; index < items.length; index = next++) await take(items[index] as Item, index);
    }),
  );
  return (items.length * 1000) / (performance.now() - start);
}

/** The puts of the embedded ledger and nothing else. */
export class RawLedger {
  readonly #root: RootDatabase;
  readonly #global: Database<Buffer, number>;
  readonly #streams: Database<Buffer, [string, number]>;
  readonly #heads: Database<Buffer, string>;
  readonly #slab = new ByteSlab();
  #position = 0;

  constructor(path: string) {
    this.#root = open({ path, noSubdir: false, overlappingSync: false, encoding: 'string' });
    this.#global = this.#root.openDB('global', { encoding: 'string' });
    this.#streams = this.#root.openDB('streams', { encoding: 'string' });
    this.#heads = this.#root.openDB('heads', { encoding: 'string' });
  }

  async rate(events: readonly EventOfStream[]): Promise<number> {
    // Making an event's bytes is what an event store does; the limit is measured without it.
    return rateOf(events, async ({ stream }, index) => {
      const position = ++this.#position;
      void this.#global.put(position, EXAMPLE_BYTES[index % EXAMPLE_BYTES.length] as Buffer);
      void this.#streams.put([stream, 0], this.#slab.encode(String(position)));
      await this.#heads.put(stream, this.#slab.encode('0'));
    });
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}
