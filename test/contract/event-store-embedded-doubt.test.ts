import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DerivedFolder } from '../../shared/adapters/embedded/derived-folder.js';
import { StreamIndex, type IndexChange } from '../../shared/adapters/embedded/event-log/stream-index.js';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { LEDGER_INDEX_FORMAT } from '../../shared/adapters/embedded/event-store/ledger-index.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { appendTo, collect, mustAppend, numberedEvents } from '../support/event-store-fixtures.js';
import { randomOf } from '../support/random-of.js';
import { untilTrue } from '../support/until-true.js';

const STREAMS = Array.from({ length: 20 }, (_, number) => `task-${number}`);
const LONG = 'long';
const LONG_EVENTS = 200;
const FLIPS = 30;

/** Of the key of a stream `task-<id>`. */
const KEY_BYTES = 18;

describe('a ledger whose index says something that is not so', () => {
  let parent: string;
  let folder: string;
  let data: string;
  let written: RecordedEvent[];

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-doubt-'));
    folder = join(parent, 'ledger');
    data = join(folder, 'index', 'data.mdb');
    const store = await EmbeddedEventStore.open(folder);
    for (const stream of STREAMS) await mustAppend(store, stream, 'no_stream', numberedEvents(stream, 3));
    await mustAppend(store, LONG, 'no_stream', numberedEvents(LONG, LONG_EVENTS));
    written = await collect(store.readAll());
    await store.close();
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  const of = (stream: string): RecordedEvent[] => written.filter((event) => event.stream === stream);

  /** What a store gives for a stream once it does not answer that it can't say now. */
  async function inTheEnd<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    let answer: { is: Answer } | undefined;
    await untilTrue(async () => {
      try {
        answer = { is: await work() };
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
      }
      return answer !== undefined;
    });
    return (answer as unknown as { is: Answer }).is;
  }

  /** Changes the byte at a distance from where some bytes stand, wherever they do. */
  async function flip(bytes: Buffer, distance: number): Promise<void> {
    const content = await readFile(data);
    const handle = await open(data, 'r+');
    let found = 0;
    for (let at = content.indexOf(bytes); at !== -1; at = content.indexOf(bytes, at + 1), found++) {
      const other = Buffer.from([(content[at + distance] as number) ^ 1]);
      await handle.write(other, 0, 1, at + distance);
    }
    await handle.close();
    expect(found).toBeGreaterThan(0);
  }

  /** Writes to the index, with right checksums, what is not so. */
  async function lie(change: (index: StreamIndex) => IndexChange): Promise<void> {
    const opened = DerivedFolder.open(join(folder, 'index'), LEDGER_INDEX_FORMAT);
    const index = new StreamIndex(opened);
    await index.add(change(index));
    await opened.close();
  }

  it.each([
    ['a key that is another one', KEY_BYTES],
    ['a damaged entry', KEY_BYTES + 2],
  ])('begins no stream a second time for %s, and makes the index again by itself', async (_, distance) => {
    await flip(keyOf(7), distance - 1);
    const told: string[] = [];
    const store = await EmbeddedEventStore.open(folder, { told: (_event, message) => told.push(message) });
    const again = (): ReturnType<typeof appendTo> =>
      appendTo(store, 'task-7', 'no_stream', numberedEvents('other', 1));
    await expect(again()).rejects.toThrow(UnavailableError);
    expect(told).toEqual([
      expect.stringMatching(/^The index of the ledger is made again from its log: an entry of streams/),
    ]);
    expect(await inTheEnd(again)).toEqual({ outcome: 'conflict', actualRevision: 2 });
    expect(await collect(store.readStream('task-7'))).toEqual(of('task-7'));
    await mustAppend(store, 'task-7', 2, numberedEvents('other', 1));
    expect(existsSync(join(folder, 'index', 'doubt'))).toBe(false);
    await store.close();
  });

  it('is made again at the next start, too, when somebody has noted that it is in doubt', async () => {
    await writeFile(join(folder, 'index', 'doubt'), 'a wrong entry');
    const told: string[] = [];
    const store = await EmbeddedEventStore.open(folder, { told: (_event, message) => told.push(message) });
    expect(told).toEqual([
      'The index of the ledger is made again from its log: something in it was not what was written',
    ]);
    expect(await collect(store.readStream(LONG))).toEqual(of(LONG));
    await store.close();
  });

  it('gives no event in the place of another one', async () => {
    await lie((index) => {
      const addresses = [0, 1, 2].map((revision) => index.address('task-2', revision) as number);
      return { streams: [['task-1', { first: 0, addresses }]], commits: [] };
    });
    const store = await EmbeddedEventStore.open(folder);
    await expect(collect(store.readStream('task-1'))).rejects.toThrow(
      "The ledger's index is being made again: event 0 of task-1 is not where it says",
    );
    expect(await inTheEnd(() => collect(store.readStream('task-1')))).toEqual(of('task-1'));
    await store.close();
  });

  it('reads on from the log where a commit is not in the place that the index says', async () => {
    await lie(() => ({ streams: [], commits: [{ position: 100, address: 64 }] }));
    const store = await EmbeddedEventStore.open(folder);
    const read = (): Promise<RecordedEvent[]> => collect(store.readAll({ fromPosition: '0000000000000110' }));
    const expected = written.filter(({ position }) => position > '0000000000000110');
    expect(await read()).toEqual(expected);
    expect(await inTheEnd(() => collect(store.readStream(LONG)))).toEqual(of(LONG));
    expect(await read()).toEqual(expected);
    await store.close();
  });

  it('is made again for a reader that comes upon it, which then goes on', async () => {
    const writer = await EmbeddedEventStore.open(folder);
    const reader = await EmbeddedEventStore.open(folder, { readOnly: true });
    expect(await collect(reader.readStream('task-6'))).toEqual(of('task-6'));
    await flip(keyOf(7), KEY_BYTES + 1);
    await expect(collect(reader.readStream('task-7'))).rejects.toThrow(UnavailableError);
    // By position it does without.
    expect(await collect(reader.readAll())).toEqual(written);
    expect(await inTheEnd(() => collect(reader.readStream('task-7')))).toEqual(of('task-7'));
    await inTheEnd(() => mustAppend(writer, 'task-7', 2, numberedEvents('other', 1)));
    expect(await collect(reader.readStream('task-7'))).toHaveLength(4);
    await reader.close();
    await writer.close();
  });

  it('serves nothing wrong, whichever byte of it is another one', async () => {
    const good = await readFile(data);
    const random = randomOf(7);
    for (let round = 0; round < FLIPS; round++) {
      const at = Math.floor(random() * good.length);
      const handle = await open(data, 'r+');
      await handle.write(Buffer.from([(good[at] as number) ^ (1 << Math.floor(random() * 8))]), 0, 1, at);
      await handle.close();
      const store = await EmbeddedEventStore.open(folder);
      for (const stream of [...STREAMS, LONG]) {
        expect(await inTheEnd(() => collect(store.readStream(stream)))).toEqual(of(stream));
      }
      for (const from of [0, 50, 100, 300]) {
        const fromPosition = String(from).padStart(16, '0');
        const expected = written.filter(({ position }) => position > fromPosition);
        expect(await collect(store.readAll({ fromPosition }))).toEqual(expected);
      }
      expect(await inTheEnd(() => collect(store.readStream('task-15x')))).toEqual([]);
      await store.close();
    }
  }, 120_000);
});

/** The key of the stream `task-<id>` in the index, as `writeStreamKey` makes it, and its only part. */
function keyOf(id: number): Buffer {
  return Buffer.concat([
    Buffer.from([1, 0, 4]),
    Buffer.from('task'),
    Buffer.from([0, 0, 0, 0, 0, 0, id, 0, 0, 0, 0]),
  ]);
}
