import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventJournal } from '../../../clients/typescript/src/event-journal.js';
import { JournalFolder } from '../../../clients/typescript/src/journal-folder.js';
import { readJournals } from '../../../clients/typescript/src/journal-lines.js';
import { taskEvent, type TaskEvent } from '../../../clients/typescript/src/task-event.js';
import { TaskLane } from '../../../clients/typescript/src/task-lane.js';

let folder: string;
let names = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

const newFile = (): string => join(folder, `${names++}.jsonl`);
const event = (data = {}): TaskEvent => taskEvent('/test', 'task.started', data);
const left = (file: string): string[] =>
  readJournals([readFileSync(file, 'utf8')]).events.map(({ event }) => event.id);

describe('EventJournal', () => {
  it('holds, wherever it is cut off, what was handed over and not done by then, the same bytes in the same order', async () => {
    const step = fc.record({
      lane: fc.nat(2),
      text: fc.string({ unit: 'grapheme' }),
      done: fc.option(fc.nat(20)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.nat(), async (steps, cut) => {
        const file = newFile();
        const journal = new EventJournal(file);
        const lanes = [new TaskLane('a'), new TaskLane('b', 7), new TaskLane('c')];
        const put: TaskEvent[] = [];
        /** How much of the file there was, and what it has to hold from there on. */
        const marks: { bytes: number; live: string[] }[] = [{ bytes: 0, live: [] }];
        const live = new Map<string, string>();
        for (const { lane, text, done } of steps) {
          const next = event({ text });
          await journal.put(lanes[lane] as TaskLane, next);
          put.push(next);
          live.set(next.id, next.text);
          marks.push({ bytes: statSync(file).size, live: [...live.values()] });
          const over = done === null ? undefined : put[done];
          if (over === undefined) continue;
          journal.done(over.id);
          live.delete(over.id);
        }
        await journal.close(`${file}.released`);
        const released = existsSync(`${file}.released`);
        expect(released).toBe(live.size > 0);
        if (!released) return;
        const whole = readFileSync(`${file}.released`);
        const at = cut % (whole.length + 1);
        const read = readJournals([whole.subarray(0, at).toString('utf8')]);
        expect(read.damagedLines).toBe(0);
        const texts = read.events.map(({ event: { text } }) => text);
        // At least what was there at the last mark before the cut, but for what has been done since.
        const { live: before } = marks.filter(({ bytes }) => bytes <= at).at(-1) as (typeof marks)[number];
        const finished = before.filter((text) => ![...live.values()].includes(text));
        expect(texts).toEqual(expect.arrayContaining(before.filter((text) => !finished.includes(text))));
        expect(texts).toEqual(put.map(({ text }) => text).filter((text) => texts.includes(text)));
        if (at === whole.length) expect(texts).toEqual([...live.values()]);
      }),
      { numRuns: 40 },
    );
  });

  it('knows the id of a task again', async () => {
    const file = newFile();
    const journal = new EventJournal(file);
    const lane = new TaskLane('a');
    await journal.put(lane, event());
    lane.became(42);
    journal.known(lane);
    await journal.put(lane, event());
    await journal.close(`${file}.released`);
    const { events } = readJournals([readFileSync(`${file}.released`, 'utf8')]);
    expect(events.map(({ lane: { taskId } }) => taskId)).toEqual([42, 42]);
  });

  it('stays small however much goes through it, and loses nothing by it', async () => {
    const file = newFile();
    const journal = new EventJournal(file);
    const lane = new TaskLane('a', 7);
    const kept = event({ text: 'kept' });
    await journal.put(lane, kept);
    let largest = 0;
    for (let count = 0; count < 400; count++) {
      const passing = event({ text: 'x'.repeat(10_000) });
      await journal.put(lane, passing);
      journal.done(passing.id);
      largest = Math.max(largest, statSync(file).size);
    }
    expect(largest).toBeLessThan(2 * 1024 * 1024);
    expect(left(file)[0]).toBe(kept.id);
    await journal.close(`${file}.released`);
    expect(left(`${file}.released`)).toEqual([kept.id]);
  });

  it('writes nothing more once it is closed, when another file may have its descriptor', async () => {
    const journal = new EventJournal(newFile());
    const waiting = event();
    await journal.put(new TaskLane('a', 7), waiting);
    await journal.close(newFile());
    const others = newFile();
    const descriptor = openSync(others, 'w');
    journal.done(waiting.id);
    await expect(journal.put(new TaskLane('a', 7), event())).rejects.toThrow('closed');
    closeSync(descriptor);
    expect(readFileSync(others, 'utf8')).toBe('');
  });

  it('says when it could not write', async () => {
    expect(() => new EventJournal(join(folder, 'nowhere', 'a.jsonl'))).toThrow('ENOENT');
  });
});

describe('JournalFolder', () => {
  const open = (): { folder: JournalFolder; warnings: string[] } => {
    const warnings: string[] = [];
    return { folder: new JournalFolder(folder, (message) => warnings.push(message)), warnings };
  };
  /** What a process has left that was killed: its id is one that no process has. */
  const leave = (...lines: string[]): void => {
    const name = `99999999-0-0.${crypto.randomUUID()}.jsonl`;
    writeFileSync(join(folder, name), lines.join(''));
  };
  const line = (lane: string, text: string): string => `{"lane":"${lane}","event":${text}}\n`;

  it('takes up what a killed process has left, once, but for the line it was writing', () => {
    const [one, other] = [event(), event()];
    leave(line('a', one.text), line('a', other.text), '{"lane":"a","ev');
    const taken = open().folder.takeUp();
    expect(taken.events.map(({ event: { text } }) => text)).toEqual([one.text, other.text]);
    // Another that looks at the same time finds it in the hands of a process that lives.
    expect(open().folder.takeUp().events).toEqual([]);
    taken.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves the files of processes that live alone, and takes what was released', async () => {
    const { folder: here } = open();
    const journal = here.create();
    const waiting = event();
    await journal.put(new TaskLane('a', 7), waiting);
    expect(open().folder.takeUp().events).toEqual([]);
    await journal.close(here.released());
    const { events } = open().folder.takeUp();
    expect(events.map(({ event: { id }, lane: { taskId } }) => [id, taskId])).toEqual([[waiting.id, 7]]);
  });

  it('takes what stands in two files, since a process was killed while it took it up, as one', () => {
    const [one, other] = [event(), event()];
    leave(line('a', one.text), line('a', other.text));
    leave(line('a', one.text));
    const { events } = open().folder.takeUp();
    expect(events.map(({ event: { id } }) => id).sort()).toEqual([one.id, other.id].sort());
    expect(new Set(events.map(({ lane }) => lane)).size).toBe(1);
  });

  it('removes a file that was to take the place of another, and warns of damage', () => {
    const one = event();
    leave('noise\n', line('a', one.text));
    writeFileSync(join(folder, `99999999-0-0.${crypto.randomUUID()}.jsonl.new`), 'half');
    const { folder: here, warnings } = open();
    expect(here.takeUp().events.map(({ event: { id } }) => id)).toEqual([one.id]);
    expect(warnings).toEqual([expect.stringContaining('1 lines of the buffer')]);
    expect(readdirSync(folder)).toHaveLength(1);
  });
});
