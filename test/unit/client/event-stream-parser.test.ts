import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { EventStreamParser } from '../../../clients/typescript/src/event-stream-parser.js';

const read = (...chunks: string[]): object[] => {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => [...parser.take(chunk)]);
};

describe('EventStreamParser', () => {
  it('reads events with and without data, and keeps the id', () => {
    const stream =
      ': comment\nretry: 1000\n\nid: 7\nevent: task\ndata: {"a":\ndata: 1}\n\nid: 8\n\ndata:x\n\nevent: task\n\n';
    expect(read(stream)).toEqual([
      { id: '7', event: 'task', data: '{"a":\n1}' },
      { id: '8', event: 'message', data: '' },
      { id: '8', event: 'message', data: 'x' },
      { id: '8', event: 'task', data: '' },
    ]);
  });

  it('gives nothing for a comment before the first id, nor for an event that is not complete', () => {
    expect(read(': hello\n\n', 'data: half\n')).toEqual([]);
  });

  it('reads the same whatever its pieces, and whichever way its lines end', () => {
    const line = fc.constantFrom(
      '',
      'id: 1',
      'id: 2',
      'event: task',
      'data: {"x":"ä"}',
      'data',
      ': c',
      'noise',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(400), { maxLength: 10 }),
        (lines, end, cuts) => {
          // A last line that is none: a CR at the very end can't be told from the half of CR and LF.
          const text = `${lines.join(end)}${end}${end}:`;
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
            text.length,
          ];
          const chunks = places.slice(1).map((to, at) => text.slice(places[at], to));
          expect(read(...chunks)).toEqual(read(`${lines.join('\n')}\n\n:`));
        },
      ),
    );
  });
});
