import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LedgerPage } from '../../../shared/adapters/kurrentdb/forward-reading.js';
import { PageTail } from '../../../shared/adapters/kurrentdb/page-tail.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';

const at = (position: number): string => String(position).padStart(41, '0');

/** A page of everything between two positions, with an event at each of them that is wanted. */
function page(
  from: number,
  to: number,
  options: Partial<LedgerPage> & { events?: RecordedEvent[] } = {},
): LedgerPage {
  const events = Array.from({ length: to - from }, (_, index) => eventAt(from + index + 1));
  return { from: from === 0 ? '' : at(from), to: at(to), events, bytes: 100, isEnd: false, ...options };
}

function eventAt(position: number): RecordedEvent {
  const stream = 'task-1';
  return {
    id: `${position}`,
    type: 'Good',
    data: {},
    metadata: {},
    stream,
    revision: position,
    position: at(position),
  };
}

describe('the last pages of a ledger', () => {
  let tail: PageTail;

  beforeEach(() => {
    tail = new PageTail();
  });

  const found = (position: number): number[] | undefined =>
    tail.after(position === 0 ? '' : at(position))?.events.map((event) => Number(event.position));

  it('are given from any place that they cover, and from no other', () => {
    tail.add(page(10, 13));
    tail.add(page(13, 15, { isEnd: true }));
    expect(found(9)).toBeUndefined();
    expect(found(10)).toEqual([11, 12, 13]);
    expect(found(11)).toEqual([12, 13]);
    expect(found(13)).toEqual([14, 15]);
    expect(found(15)).toBeUndefined();
    expect(tail.after(at(11))).toMatchObject({ from: at(11), to: at(13), isEnd: false });
    expect(tail.after(at(14))).toMatchObject({ from: at(14), to: at(15), isEnd: true });
  });

  it('keep no page that goes no further, and nothing before a gap', () => {
    tail.add(page(0, 5));
    expect(tail.add(page(0, 5))).toBe(false);
    expect(tail.add(page(2, 4))).toBe(false);
    expect(tail.add(page(8, 9))).toBe(true);
    expect(found(0)).toBeUndefined();
    expect(found(8)).toEqual([9]);
  });

  it('go further with a page of which nothing is wanted, without a page for each', () => {
    tail.add(page(0, 2));
    for (let position = 2; position < 10_000; position++)
      tail.add(page(position, position + 1, { events: [] }));
    expect(found(0)).toEqual([1, 2]);
    expect(tail.after('')?.to).toBe(at(10_000));
    expect(found(9_000)).toEqual([]);
  });

  it.each([
    ['events', 25_000, {}],
    ['bytes', 60, { bytes: 1024 * 1024 }],
    ['pages', 5_000, {}],
  ])('are given up from the first on, when there are too many %s', (_, pages, options) => {
    for (let first = 0; first < pages; first++) tail.add(page(first, first + 1, options));
    expect(found(0)).toBeUndefined();
    expect(found(pages - 1)).toEqual([pages]);
  });

  it('leave nothing out and give nothing twice, whatever is read and wherever somebody is', () => {
    const sizes = fc.array(fc.record({ size: fc.integer({ min: 1, max: 400 }), wanted: fc.boolean() }), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(sizes, fc.nat(30_000), (pages, behind) => {
        const tail = new PageTail();
        const all: number[] = [];
        let end = 0;
        for (const { size, wanted } of pages) {
          const next = page(end, end + size, wanted ? {} : { events: [] });
          tail.add(next);
          all.push(...next.events.map((event) => Number(event.position)));
          end += size;
        }
        let position = Math.max(0, end - behind);
        const taken: number[] = [];
        const place = (): string => (position === 0 ? '' : at(position));
        if (tail.after(place()) === undefined) return;
        for (let next = tail.after(place()); next !== undefined; next = tail.after(place())) {
          taken.push(...next.events.map((event) => Number(event.position)));
          position = Number(next.to);
        }
        expect(position).toBe(end);
        expect(taken).toEqual(all.filter((one) => one > Math.max(0, end - behind)));
      }),
    );
  });
});
