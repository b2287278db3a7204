import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventTail } from '../../../shared/adapters/embedded/event-store/event-tail.js';
import { formatPosition } from '../../../shared/adapters/embedded/event-store/position.js';
import { storedText } from '../../../shared/adapters/embedded/event-store/stored-text.js';
import { CorruptStoreError } from '../../../shared/contracts/errors.js';
import type { PlacedText } from '../../../shared/adapters/embedded/event-store/ledger-tables.js';

function placed(position: number): PlacedText {
  const event = { id: `id-${position}`, type: 'Tested', data: '{}', metadata: '{}' };
  return { position, text: storedText(`stream-${position % 3}`, 0, event) };
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
            const page = tail.page(done.page, '', done.max);
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
    const event = { id: 'an-id', type: 'Tested', data: '{"number":1}', metadata: '{}' };
    tail.add([
      { position: 41, text: 'books-1\n0\nno JSON' },
      { position: 42, text: storedText('task-1', 3, event) },
    ]);
    expect(tail.last).toBe(42);
    const page = tail.page(40, 'task', 10);
    expect(page).toEqual({
      events: [
        {
          id: 'an-id',
          type: 'Tested',
          data: { number: 1 },
          metadata: {},
          stream: 'task-1',
          revision: 3,
          position: formatPosition(42),
        },
      ],
      position: 42,
      end: true,
    });
    expect(tail.page(41, '', 10)?.events[0]).toBe(page?.events[0]);
    expect(() => tail.page(40, '', 10)).toThrow(CorruptStoreError);
  });

  it('makes no more than a page of them in one go', () => {
    const tail = new EventTail();
    tail.add(Array.from({ length: 2_500 }, (_, index) => placed(index + 1)));
    const pages = [0, 1_000, 2_000, 500].map((from) => tail.page(from, '', 5_000));
    expect(pages.map((page) => page?.position)).toEqual([1_000, 2_000, 2_500, 2_500]);
    expect(pages.map((page) => page?.end)).toEqual([false, false, true, true]);
    expect(pages[3]?.events).toHaveLength(2_000);
  });

  it('starts anew where texts were read further on', () => {
    const tail = new EventTail();
    tail.add([placed(1)]);
    tail.add([placed(9)]);
    expect(tail.page(0, '', 10)).toBeUndefined();
    expect(tail.page(8, '', 10)?.events).toHaveLength(1);
  });
});
