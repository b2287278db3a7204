import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventTail } from '../../../shared/adapters/embedded/event-store/event-tail.js';
import { formatPosition } from '../../../shared/adapters/embedded/event-store/position.js';
import type { PlacedEvent } from '../../../shared/adapters/embedded/event-store/ledger-tables.js';

function placed(position: number): PlacedEvent {
  const event = { id: `id-${position}`, type: 'Tested', data: {}, metadata: {} };
  return { position, text: 'text', stream: `stream-${position % 3}`, revision: 0, event };
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
});
