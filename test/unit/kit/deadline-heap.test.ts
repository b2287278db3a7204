import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeadlineHeap, type Timed } from '../../../shared/kit/deadline-heap.js';

/** One of few things is due at a time, or taken out. */
const change = fc.record({ item: fc.nat(20), dueMs: fc.option(fc.nat(50), { nil: undefined }) });

it('gives what is due next, whatever was put in, moved and taken out', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const heap = new DeadlineHeap<Timed>();
      const items = Array.from({ length: 21 }, (): Timed => ({ dueMs: 0, place: -1 }));
      const expected = new Map<number, number>();
      for (const { item, dueMs } of changes) {
        if (dueMs === undefined) {
          heap.remove(items[item] as Timed);
          expected.delete(item);
        } else {
          heap.set(items[item] as Timed, dueMs);
          expected.set(item, dueMs);
        }
        expect(heap.size).toBe(expected.size);
        expect(heap.first?.dueMs).toBe(expected.size === 0 ? undefined : Math.min(...expected.values()));
      }
      const given: number[] = [];
      for (let { first } = heap; first !== undefined; { first } = heap) {
        given.push(first.dueMs);
        heap.remove(first);
      }
      expect(given).toEqual([...expected.values()].sort((one, other) => one - other));
    }),
  );
});

it('can be emptied, and filled again', () => {
  const heap = new DeadlineHeap<Timed>();
  const item = { dueMs: 0, place: -1 };
  heap.set(item, 3);
  heap.clear();
  expect(heap.first).toBeUndefined();
  heap.set(item, 4);
  expect([heap.size, heap.first]).toEqual([1, item]);
});
