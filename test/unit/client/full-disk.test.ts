import * as fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, jest } from '@jest/globals';
import { readJournals } from '../../../clients/typescript/src/journal-lines.js';
import { taskEvent, type TaskEvent } from '../../../clients/typescript/src/task-event.js';
import { TaskLane } from '../../../clients/typescript/src/task-lane.js';

const event = (text: string): TaskEvent => taskEvent('/test', 'task.started', { text });

it('a buffer on disk holds nothing of what a full disk took only a part of', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-full-'));
  let room = Infinity;
  /** Writes what there is room for, then fails: as write(2) does on a full disk. */
  const write = async (fd: number, bytes: Buffer, at: number, length: number, position: number) => {
    const fits = Math.min(length, room);
    if (fits === 0) throw Object.assign(new Error('No space left'), { code: 'ENOSPC' });
    room -= fits;
    return promisify(fs.write)(fd, bytes, at, fits, position);
  };
  const promised = Object.assign(() => {}, { [promisify.custom]: write });
  jest.unstable_mockModule('node:fs', () => ({ ...fs, write: promised }));
  const { EventJournal } = await import('../../../clients/typescript/src/event-journal.js');
  const file = join(folder, 'a.jsonl');
  const journal = new EventJournal(file);
  const lane = new TaskLane('a', 7);
  const [before, after] = [event('before'), event('after')];
  await journal.put(lane, before);
  room = 5_000;
  const refused = [event('x'.repeat(1_000)), event('y'.repeat(1_000)), event('z'.repeat(9_000))];
  const results = await Promise.allSettled(refused.map((each) => journal.put(lane, each)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  room = Infinity;
  await journal.put(lane, after);
  const { events, damagedLines } = readJournals([fs.readFileSync(file, 'utf8')]);
  expect([events.map(({ event: { id } }) => id), damagedLines]).toEqual([[before.id, after.id], 0]);
  await journal.close(join(folder, 'b.jsonl'));
  await rm(folder, { recursive: true });
});
