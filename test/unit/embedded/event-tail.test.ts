import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteSlab } from '../../../shared/adapters/embedded/event-log/byte-slab.js';
import {
  encodeRecord,
  payloadOf,
  type EventRecord,
} from '../../../shared/adapters/embedded/event-log/event-record.js';
import { formatPosition } from '../../../shared/adapters/embedded/event-log/position.js';
import { EventTail } from '../../../shared/adapters/embedded/event-store/event-tail.js';

const slab = new ByteSlab();

function placed(position: number, stream = `stream-${position % 3}`, data = '{}'): EventRecord {
  const event = { id: `id-${position}`, type: 'Tested', data, metadata: '{}' };
  return {
    address: 0,
    position,
    stream,
    revision: 0,
    payload: payloadOf(encodeRecord(stream, 0, event, slab)),
  };
}

describe('the tail of the ledger', () => {
  it('gives the events after a position while it has all of them, whatever was given up', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 3_000 }) }),
      fc.record({ forget: fc.integer({ min: 0, max: 20_000 }) }),
      fc.record({ page: fc.integer({ min: 0, max: 20_000 }), max: fc.integer({ min: 1, max: 500 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const tail = new EventTail();
        let last = 0;
        let forgotten = 0;
        for (const done of steps) {
          if ('add' in done) {
            tail.add(Array.from({ length: done.add }, (_, index) => placed(last + 1 + index)));
            last += done.add;
          } else if ('forget' in done) {
            tail.forget(done.forget);
            forgotten = Math.max(forgotten, Math.min(done.forget, last));
          } else {
            const page = tail.page({ from: done.page, streamPrefix: '', eventsMax: done.max });
            // The oldest ones go when there are too many.
            const first = Math.max(forgotten, last - 16_384);
            if (done.page < first || done.page >= last) expect(page).toBeUndefined();
            else {
              const end = Math.min(last, done.page + done.max);
              const expected = Array.from({ length: end - done.page }, (_, index) =>
                formatPosition(done.page + 1 + index),
              );
              expect(page?.events.map(({ position }) => position)).toEqual(expected);
              expect(page).toMatchObject({ position: end, end: end === last });
            }
          }
        }
      }),
    );
  });

  it('makes each event once, for the first who wants it', () => {
    const tail = new EventTail();
    tail.add([placed(41, 'books-1', 'no JSON'), placed(42, 'task-1', '{"number":1}')]);
    expect(tail.last).toBe(42);
    const page = tail.page({ from: 40, streamPrefix: 'task', eventsMax: 10 });
    expect(page).toEqual({
      events: [
        {
          id: 'id-42',
          type: 'Tested',
          data: { number: 1 },
          metadata: {},
          stream: 'task-1',
          revision: 0,
          position: formatPosition(42),
        },
      ],
      position: 42,
      end: true,
    });
    expect(tail.page({ from: 41, streamPrefix: '', eventsMax: 10 })?.events[0]).toBe(page?.events[0]);
    const all = tail.page({ from: 40, streamPrefix: '', eventsMax: 10 })?.events;
    expect(all?.map(({ stream, damage }) => [stream, damage !== undefined])).toEqual([
      ['books-1', true],
      ['task-1', false],
    ]);
  });

  it('makes no more than a page of them in one go', () => {
    const tail = new EventTail();
    tail.add(Array.from({ length: 2_500 }, (_, index) => placed(index + 1)));
    const pages = [0, 1_000, 2_000, 500].map((from) =>
      tail.page({ from, streamPrefix: '', eventsMax: 5_000 }),
    );
    expect(pages.map((page) => page?.position)).toEqual([1_000, 2_000, 2_500, 2_500]);
    expect(pages.map((page) => page?.end)).toEqual([false, false, true, true]);
    expect(pages[3]?.events).toHaveLength(2_000);
  });

  it('starts anew where texts were read further on', () => {
    const tail = new EventTail();
    tail.add([placed(1)]);
    tail.add([placed(9)]);
    expect(tail.page({ from: 0, streamPrefix: '', eventsMax: 10 })).toBeUndefined();
    expect(tail.page({ from: 8, streamPrefix: '', eventsMax: 10 })?.events).toHaveLength(1);
  });
});
