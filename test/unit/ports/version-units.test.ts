import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  coverOf,
  nodeNumber,
  nodesAround,
  UNIT_EVENTS,
  withEvent,
  type OpenUnit,
} from '../../../shared/core/ports/version-units.js';

const unit = fc.nat(1_000_000);

describe('the cover of some units', () => {
  it('has one node around each of them, and none around any other', () => {
    fc.assert(
      fc.property(unit, fc.nat(5_000), unit, (first, more, other) => {
        const last = first + more;
        const cover = new Set(coverOf(first, last).map(nodeNumber));
        const newest = Math.max(last, other);
        for (const one of [first, last, other, Math.floor((first + last) / 2)]) {
          const found = nodesAround(one, newest).filter((node) => cover.has(nodeNumber(node)));
          expect(found).toHaveLength(one >= first && one <= last ? 1 : 0);
        }
      }),
    );
  });

  it('is small: at most two nodes of a level', () => {
    fc.assert(
      fc.property(unit, unit, (one, other) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        expect(coverOf(first, last).length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(last - first + 2)));
      }),
    );
    expect(coverOf(7, 7)).toEqual([{ level: 0, index: 7 }]);
    expect(coverOf(8, 7)).toEqual([]);
  });
});

describe('units of events', () => {
  const count = (from: OpenUnit | undefined, first: number, last: number): OpenUnit | undefined => {
    let open = from;
    for (let at = first; at <= last; at++) open = withEvent(open, String(at).padStart(8, '0'), timeOf(at));
    return open;
  };
  const timeOf = (at: number): string => new Date(at * 1_000).toISOString();

  it('begin at the same events however often these are given, from the last one that is in on', () => {
    const once = count(undefined, 1, 3 * UNIT_EVENTS + 1);
    expect(once).toMatchObject({ unit: 3, events: 1 });
    const again = count(count(undefined, 1, 2 * UNIT_EVENTS), UNIT_EVENTS, 3 * UNIT_EVENTS + 1);
    expect(again).toEqual(once);
  });

  it('have times that never go back', () => {
    const open = count(undefined, 1, UNIT_EVENTS);
    const late = withEvent(open, '99999998', timeOf(7));
    expect(late).toMatchObject({ unit: 1, at: timeOf(UNIT_EVENTS), lastAt: timeOf(UNIT_EVENTS) });
  });
});
