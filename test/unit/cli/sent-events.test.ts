import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sentEvents, type SentEvent } from '../../../cli/client/sent-events.js';

const DEFAULTS = { source: '/here' };

async function eventsOf(...pieces: string[]): Promise<SentEvent[]> {
  const all: SentEvent[] = [];
  const given = async function* () {
    yield* pieces;
  };
  for await (const events of sentEvents(given(), DEFAULTS)) all.push(...events);
  return all;
}

describe('sentEvents', () => {
  it('reads a line for each event, wherever the pieces end', async () => {
    const lines = Array.from({ length: 20 }, (_, at) =>
      JSON.stringify({
        specversion: '1.0',
        id: `${at}`,
        source: '/a',
        type: 'task.started',
        text: '{"é👩\n',
      }),
    );
    const text = `\uFEFF${lines.join('\r\n')}`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 8 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(await eventsOf(...pieces)).toEqual(lines.map((line) => ({ text: line })));
      }),
    );
  });

  it('gives out the lines of a piece before the next one comes', async () => {
    let wanted = 0;
    const given = async function* () {
      for (;;) yield await Promise.resolve(`{"type":"${++wanted}"}\n`);
    };
    const events = sentEvents(given(), DEFAULTS);
    await events.next();
    expect(wanted).toBe(1);
  });

  it('reads a list, each event of it by itself', async () => {
    const events = await eventsOf(' [{"id":"1","specversion":"1.0","sou', 'rce":"/a"},[], {"n":1e400} ]\n');
    expect(events).toEqual([
      { text: '{"id":"1","specversion":"1.0","source":"/a"}' },
      { text: '[]', wrong: 'event 2: an event must be a JSON object' },
      {
        text: expect.stringMatching(
          /^\{"specversion":"1.0","id":"[-0-9a-f]{36}","source":"\/here","n":1e400}$/,
        ),
      },
    ]);
  });

  it('adds what an event lacks, and leaves the rest as it was written', async () => {
    const [full, empty, own] = await eventsOf(
      '{ "type":"x", "data":{"n":9007199254740993,"n":1.0} }\n{ }\n{"id":null,"source":"/own"}\n',
    );
    const added = '"specversion":"1.0","id":"[-0-9a-f]{36}","source":"/here"';
    expect(full?.text).toMatch(
      new RegExp(`^\\{${added},"type":"x", "data":\\{"n":9007199254740993,"n":1\\.0\\} \\}$`),
    );
    expect(empty?.text).toMatch(new RegExp(`^\\{${added}\\}$`));
    expect(own?.text).toBe('{"specversion":"1.0","id":null,"source":"/own"}');
  });

  it('names the line that is wrong', async () => {
    expect(await eventsOf('\n\n{"a":\n', '5')).toEqual([
      { text: '{"a":', wrong: expect.stringMatching(/^line 3: Malformed JSON: /) },
      { text: '5', wrong: 'line 4: an event must be a JSON object' },
    ]);
  });

  it('has nothing of an empty input', async () => {
    expect(await eventsOf(' \n', '\n')).toEqual([]);
    expect(await eventsOf()).toEqual([]);
    expect(await eventsOf('[]')).toEqual([]);
  });

  it('refuses what is too long, and a list that is none', async () => {
    await expect(eventsOf('{"a":"'.padEnd(2 ** 20 + 1, 'x'))).rejects.toThrow(
      'A line may have 1048576 characters',
    );
    await expect(eventsOf('['.padEnd(2 ** 26 + 1, ' '))).rejects.toThrow(
      'A list may have 67108864 characters',
    );
    await expect(eventsOf('[{]')).rejects.toMatchObject({ exitCode: 2 });
  });
});
